using XenShared.Cli.Commands;
using XenShared.Cli.Output;
using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>Writes output that must be complete: to standard output, or to a file that is created only when all of it is written.</summary>
internal static class WholeFileOutput
{
    private const string StandardOutput = "-";

    /// <summary>
    /// Writes to the file of that name. If <paramref name="write"/> returns 0, no file is created. Only the owner may read the file, unless
    /// <paramref name="isForAll"/> is true.
    /// </summary>
    public static int Write(string path, bool overwrite, Func<Stream, int> write, bool isForAll = false)
    {
        if (path == StandardOutput)
        {
            using var output = StandardStreams.OpenOutput();
            return write(output);
        }
        if (!overwrite && WholeFile.Exists(path))
            throw new IOException($"'{path}' exists already; choose another name, or replace it with --force.");
        var count = 0;
        WholeFile.Write(path, overwrite, stream => (count = write(stream)) > 0, isForAll, Termination.Token);
        return count;
    }
}
