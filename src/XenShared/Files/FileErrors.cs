using System.Runtime.InteropServices;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>Creates errors about files. Each message is one sentence and contains the name that the user gave.</summary>
internal static class FileErrors
{
    /// <summary>Creates the error of a failed call.</summary>
    /// <param name="name">The name for messages, in quotes if the user gave it.</param>
    /// <param name="verb">The failed action: "written" or "read".</param>
    /// <param name="errno">The errno.</param>
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

    /// <summary>Creates the error of a path that this program refuses to write, without a failed call.</summary>
    public static IOException Refuse(string name, string why) => new($"{name} cannot be written: {why}.");
}
