using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Represents a host that <c>tests/xen/rig serve</c> booted for these tests. Disposal powers it off, and ends only what was started here.
/// </summary>
internal sealed class Rig : IAsyncDisposable
{
    // The rig ends when its standard input closes, so that QEMU does not outlive a test host that is killed.
    private const string Leash = """
        exec 3<&0
        "$@" </dev/null & rig=$!
        { cat <&3 >/dev/null; kill $rig; } 2>/dev/null & leash=$!
        status=0; wait $rig || status=$?
        kill $leash 2>/dev/null
        exit $status
        """;

    private static readonly TimeSpan s_bootTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_powerOffTime = TimeSpan.FromMinutes(3);
    private static readonly string s_script = Path.Combine(Repository.Xen, "rig");

    private readonly Process _process;
    private readonly StringBuilder _messages = new();
    private readonly string _output;

    private Rig(Process process, string output)
    {
        _process = process;
        _output = output;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Gets the path of the ssh configuration that reaches it.</summary>
    public string SshConfiguration => Path.Combine(_output, "ssh_config");

    /// <summary>Builds everything that a boot needs, unless it exists.</summary>
    /// <exception cref="BedUnavailableException">This machine cannot.</exception>
    public static async Task BuildAsync()
    {
        if (!OperatingSystem.IsLinux()) throw new BedUnavailableException("not run: the Xen test bed boots on Linux only.");
        var build = await Command.RunAsync(s_script, "build");
        if (build.ExitCode == 0) return;
        // A user who may, on a machine that has the packages, has no excuse: then the bed itself is broken.
        var folder = (await Command.RunAsync(s_script, "path")).Text.Trim();
        if (Environment.IsPrivilegedProcess && File.Exists(Path.Combine(folder, "fetched.stamp"))) build.Succeeded();
        throw new BedUnavailableException($"not run: the Xen test bed cannot be built here: {build.Error.Trim()}");
    }

    /// <summary>Compiles a C program for dom0.</summary>
    public static async Task CompileAsync(string source, string program) =>
        (
            await Command.RunAsync(
                s_script,
                "cc",
                "-std=gnu11",
                "-O1",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-o",
                program,
                source,
                "-lxenctrl",
                "-lxenforeignmemory",
                "-lxenevtchn")
        ).Succeeded();

    /// <summary>Boots with the content of <paramref name="files"/> in dom0's <c>/in</c>.</summary>
    public static async Task<Rig> ServeAsync(string output, string files)
    {
        try
        {
            return await BootAsync(output, files, processors: null);
        }
        catch (RigEndedException error)
        {
            // Linux patches its code while it boots, and QEMU's second processor sometimes executes a half-patched instruction (an Oops
            // with "int3"). A dom0 that does not start is not a result of the test. With one processor there is no such race.
            Console.Error.WriteLine($"{error.Message}\nBooting once more, with one processor.");
            return await BootAsync(output, files, processors: "1");
        }
    }

    /// <summary>Gets a value indicating whether QEMU has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Makes a Xen that no longer responds print the state of its processors to console.log, and ends it.</summary>
    public async Task PostMortemAsync()
    {
        // Ctrl+A three times directs the input to Xen. The keys print the running state, dom0's registers, the scheduler's queues, and the
        // registers of all processors.
        string[] keys = ["\x01\x01\x01", "*", "0", "r", "d"];
        try
        {
            var link = new FileInfo(Path.Combine(_output, "keys"));
            using var console = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await console.ConnectAsync(new UnixDomainSocketEndPoint((link.ResolveLinkTarget(returnFinalTarget: true) ?? link).FullName));
            foreach (var key in keys)
            {
                await console.SendAsync(Encoding.ASCII.GetBytes(key));
                await Task.Delay(TimeSpan.FromSeconds(2));
            }
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            Note($"Nothing could be typed on its console: {error.Message}");
        }
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(s_powerOffTime);
        try
        {
            if (!_process.HasExited && File.Exists(SshConfiguration))
            {
                await Command.RunAsync(
                    Command.Prepare("ssh", ["-F", SshConfiguration, "dom0", "touch /run/rig-stop"]),
                    timeout: TimeSpan.FromMinutes(1));
                await _process.WaitForExitAsync(limit.Token);
                await Command.RunAsync("ssh", "-F", SshConfiguration, "-O", "exit", "dom0");
            }
        }
        catch (Exception error) when (error is OperationCanceledException or TimeoutException)
        {
            // The process no longer reads its input. The leash ends it below.
        }
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static async Task<Rig> BootAsync(string output, string files, string? processors)
    {
        Directory.CreateDirectory(output);
        var start = Command.Prepare("bash", ["-c", Leash, "leash", s_script, "serve", output, files]);
        if (processors is not null) start.Environment["SMP"] = processors;
        var rig = new Rig(Process.Start(start)!, output);
        try
        {
            await rig.WaitUntilReadyAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    private async Task WaitUntilReadyAsync()
    {
        var clock = Stopwatch.StartNew();
        while (!File.Exists(Path.Combine(_output, "ready")))
        {
            if (_process.HasExited)
                throw new RigEndedException($"The test bed ended with {_process.ExitCode} before dom0 answered: {Messages()}");
            if (clock.Elapsed > s_bootTime)
                throw new TimeoutException(
                    $"dom0 did not answer within {s_bootTime.TotalMinutes:0} minutes: look at {_output}/console.log.");
            await Task.Delay(TimeSpan.FromMilliseconds(300));
        }
    }

    private void Note(string? line)
    {
        lock (_messages) _messages.AppendLine(line);
    }

    private string Messages()
    {
        lock (_messages) return _messages.ToString();
    }
}
