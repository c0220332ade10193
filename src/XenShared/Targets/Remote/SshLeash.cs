using System.Diagnostics;
using System.Text;

namespace XenShared.Targets.Remote;

/// <summary>
/// Starts a local shell that waits for the end of this process. Then the shell ends a shared connection with all its commands, and removes
/// the folder of its socket. A killed process could not do that itself. (The <c>cat</c> of the connection ends it too, but only if no
/// remote command hangs.)
/// </summary>
internal sealed class SshLeash : IDisposable
{
    // The script waits for a line on its standard input, and ignores the signals that a terminal sends. If the line is "done", the script
    // exits without doing anything. If this process ends without sending it, the input ends: the script runs the command that ends the
    // connection ("$@"), and removes the folder ($1).
    private const string Script =
        """exec >/dev/null 2>&1; trap '' HUP INT QUIT TERM; read -r said; [ "$said" = done ] && exit; """
        + """folder=$1; shift; "$@"; rm -rf -- "$folder" """;

    private const string Shell = "/bin/sh";

    private readonly Process _process;

    private SshLeash(Process process) => _process = process;

    /// <summary>Starts the shell.</summary>
    /// <param name="folder">The folder to remove.</param>
    /// <param name="end">The command that ends the connection.</param>
    public static SshLeash Attach(string folder, ProcessStartInfo end)
    {
        var start = new ProcessStartInfo(Shell, ["-c", Script, "xenshared", folder, end.FileName, .. end.ArgumentList])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
            // The shell does not start in the working directory of this process, because that can be removed while the shell runs.
            WorkingDirectory = "/",
        };
        return new SshLeash(Process.Start(start)!);
    }

    /// <summary>Ends the shell before it does anything, because the caller has already ended the connection.</summary>
    public void Dispose()
    {
        try
        {
            using (var input = _process.StandardInput.BaseStream) input.Write(Encoding.ASCII.GetBytes("done\n"));
            _process.WaitForExit();
        }
        catch (IOException)
        {
            // The shell has already ended, so it needs no line.
        }
        _process.Dispose();
    }
}
