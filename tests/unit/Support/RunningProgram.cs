using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace XenShared.Tests.Support;

/// <summary>
/// Runs the command so that a test can send signals to it and check what remains. Its temporary files are in a separate folder.
/// </summary>
internal sealed partial class RunningProgram : IDisposable
{
    public const int Hangup = 1;
    public const int Interrupt = 2;
    public const int Terminate = 15;

    // This limit is not a measurement: the condition is met at once, or never.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _error;

    private RunningProgram(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>Gets the standard error of the command, complete after its end.</summary>
    public string Error => _error.Result;

    public static RunningProgram Start(TemporaryFolder folder, params ReadOnlySpan<string> arguments)
    {
        Directory.CreateDirectory(folder["tmp"]);
        var start = CliProgram.Prepare(Environment.GetEnvironmentVariable("PATH") ?? "", arguments);
        start.Environment["TMPDIR"] = folder["tmp"];
        // The runtime's own sockets would be there as well.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // In tests that run in the background or with nohup, some signals are ignored, and a child process inherits this.
        start.ArgumentList.Insert(0, start.FileName);
        start.ArgumentList.Insert(0, "--default-signal=HUP,INT,TERM");
        start.FileName = "/usr/bin/env";
        return new RunningProgram(Process.Start(start)!);
    }

    /// <summary>Waits for a condition, with a timeout.</summary>
    public static void Await(Func<bool> condition, string what)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); Thread.Sleep(10))
            Assert.True(clock.Elapsed < s_limit, $"{what}: not within {s_limit.TotalSeconds} s.");
    }

    /// <summary>
    /// Waits until the program handles signals. It does so before it starts the thread of its work, which has a known name.
    /// </summary>
    public void AwaitCommand() =>
        Await(() => _process.HasExited || ThreadNames().Contains("command"), "The program has no thread of its work");

    public void Signal(int signal) => Assert.Equal(0, Kill(Id, signal));

    /// <summary>Waits for the end, and returns the exit status.</summary>
    public int WaitForEnd()
    {
        Assert.True(_process.WaitForExit(s_limit), "It does not come to an end.");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private string[] ThreadNames()
    {
        try
        {
            return
            [
                .. Directory
                    .GetDirectories($"/proc/{Id}/task")
                    .Select(task => File.ReadAllText(Path.Combine(task, "comm"), Encoding.ASCII).TrimEnd()),
            ];
        }
        catch (IOException)
        {
            // A thread or the program has ended.
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
