using System.Runtime.InteropServices;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>Makes the errors of files: one sentence, with the name that the user gave.</summary>
internal static class FileErrors
{
    /// <summary>Makes the error of a call that failed.</summary>
    /// <param name="name">The file as messages name it, in quotes where it is a name of the user.</param>
    /// <param name="verb">What could not be done: "written" or "read".</param>
    /// <param name="errno">Why.</param>
    public static Exception Make(string name, string verb, int errno)
    {
        var message = $"{name} cannot be {verb}: {Marshal.GetPInvokeErrorMessage(errno)}.";
        return errno switch
        {
            Errno.EPIPE => new BrokenPipeException(message),
            Errno.EPERM or Errno.EACCES => new UnauthorizedAccessException(message),
            Errno.ENOENT => new FileNotFoundException(message),
            _ => new IOException(message, errno),
        };
    }

    /// <summary>Makes the error of a name that cannot be written to, whatever the system says.</summary>
    public static IOException Refuse(string name, string why) => new($"{name} cannot be written: {why}.");
}
