using System.Diagnostics;
using System.Text;

namespace XenShared.Targets.Remote;

/// <summary>
/// A shell that waits for the end of this process, and then ends a shared connection with all that runs over it, and removes its folder.
/// Nothing in this process could do that when it is killed. (The connection's own leash, its <c>cat</c>, ends it only when no command hangs
/// at the far end.)
/// </summary>
internal sealed class SshLeash : IDisposable
{
    // It outlives the signals that a terminal sends to all. What it waits for is the end of its input.
    private const string Script =
        """exec >/dev/null 2>&1; trap '' HUP INT QUIT TERM; read -r said; [ "$said" = done ] && exit; """
        + """folder=$1; shift; "$@"; rm -rf -- "$folder" """;

    private const string Shell = "/bin/sh";

    private readonly Process _process;

    private SshLeash(Process process) => _process = process;

    /// <summary>Starts to wait.</summary>
    /// <param name="folder">The folder to remove.</param>
    /// <param name="end">What ends the connection.</param>
    public static SshLeash Attach(string folder, ProcessStartInfo end)
    {
        var start = new ProcessStartInfo(Shell, ["-c", Script, "xenshared", folder, end.FileName, .. end.ArgumentList])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
            // The folder of this process may go away, and must not be kept busy.
            WorkingDirectory = "/",
        };
        return new SshLeash(Process.Start(start)!);
    }

    /// <summary>Lets the connection go: it has been ended.</summary>
    public void Dispose()
    {
        try
        {
            using (var input = _process.StandardInput.BaseStream) input.Write(Encoding.ASCII.GetBytes("done\n"));
            _process.WaitForExit();
        }
        catch (IOException)
        {
            // Somebody has ended it.
        }
        _process.Dispose();
    }
}
