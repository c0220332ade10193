using System.Diagnostics;
using System.Globalization;

namespace XenShared.Xen.Tests.Bed;

/// <summary>Represents the control domain of a booted host, which is reached by the system's ssh.</summary>
internal sealed class Dom0(string sshConfiguration, string log, Pulse pulse)
{
    private const int SshFailed = 255;

    private readonly Lock _logging = new();

    /// <summary>Gets the path of the ssh configuration that reaches it.</summary>
    public string SshConfiguration => sshConfiguration;

    /// <summary>Gets a value indicating whether it has stopped responding for good.</summary>
    public bool IsLost => pulse.Lost.IsCancellationRequested;

    /// <summary>Runs a bash script as root. The log contains the time that it took.</summary>
    /// <exception cref="BedLostException">The host stopped answering.</exception>
    public async Task<CommandResult> RunAsync(string script, ReadOnlyMemory<byte> input = default, TimeSpan? timeout = null)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var result = await Command.RunAsync(
                Command.Prepare("ssh", ["-F", sshConfiguration, "dom0", script]),
                input,
                timeout,
                pulse.Lost);
            Log($"status {result.ExitCode}");
            // ssh itself failed, or the script did with the same status.
            if (result.ExitCode != SshFailed || await pulse.BeatsAsync()) return result;
        }
        catch (OperationCanceledException) when (IsLost)
        {
            Log("lost");
        }
        throw new BedLostException($"The host stopped answering while it ran: {script}");

        void Log(string end)
        {
            var line = FormattableString.Invariant(
                $"{DateTime.UtcNow:HH:mm:ss} {clock.Elapsed.TotalSeconds, 7:0.0} s, {end}: {script.ReplaceLineEndings(" ")}\n");
            lock (_logging)
                File.AppendAllText(log, line);
        }
    }

    /// <summary>Runs a script that must succeed, and returns its output.</summary>
    public async Task<string> ReadAsync(string script, TimeSpan? timeout = null) =>
        (await RunAsync(script, timeout: timeout)).Succeeded().Text;

    /// <summary>Runs <c>xenshared</c>.</summary>
    public Task<CommandResult> XenSharedAsync(string arguments) => RunAsync($"/in/bin/xenshared {arguments}");

    /// <summary>Returns Xen's output of debug key 'e'.</summary>
    public Task<string> DebugKeyAsync() => ReadAsync("xl dmesg -c >/dev/null && xl debug-keys e && xl dmesg -c");

    /// <summary>Reads the output of <c>lsevtchn</c> for a domain. Its exit status differs between versions and is not used.</summary>
    public async Task<string> ListPortsAsync(ushort domId) => (await RunAsync($"lsevtchn {domId}")).Text;

    /// <summary>Runs one of the C programs.</summary>
    public Task<string> OracleAsync(string command) => ReadAsync($"/in/oracle/{command}");

    /// <summary>Returns the numbers of all domains by name.</summary>
    public async Task<IReadOnlyDictionary<string, ushort>> DomainsAsync()
    {
        var lines = (await ReadAsync("xl list")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1);
        return lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(words => words[0], words => ushort.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Copies the content of a local folder to <paramref name="remote"/>.</summary>
    public async Task UploadAsync(string folder, string remote)
    {
        const string Script = """tar -C "$1" -cf - . | ssh -F "$2" dom0 "rm -rf $3; mkdir -p $3 && tar -C $3 -xf -" """;
        (await Command.RunAsync("bash", "-o", "pipefail", "-c", Script, "upload", folder, sshConfiguration, remote)).Succeeded();
    }
}
