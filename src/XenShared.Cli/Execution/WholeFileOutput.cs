using XenShared.Cli.Commands;
using XenShared.Cli.Output;
using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>Writes output that must be complete: to a file that appears as a whole or not at all, or to standard output.</summary>
internal static class WholeFileOutput
{
    private const string StandardOutput = "-";

    /// <summary>
    /// Writes to the file of that name; <paramref name="write"/> gives how much there is, and where it is nothing there is no file. Only
    /// its owner may read it unless it <paramref name="isForAll"/>.
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
