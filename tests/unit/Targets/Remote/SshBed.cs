using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using XenShared.Targets.Remote;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>
/// Provides hosts to reach by SSH on this machine: a real sshd on free ports of 127.0.0.1, with its own keys and configuration, behind
/// which a simulated Xen host responds; and stand-ins, which are scripts that replace ssh for hosts named <c>standin-...</c>. The user's
/// own ssh is neither read nor changed.
/// </summary>
public sealed class SshBed : IAsyncLifetime
{
    /// <summary>The data source of the remote end, which is the same new host for each request.</summary>
    internal const string Simulated = "simulated:12:3";

    private const string Daemon = "/usr/sbin/sshd";

    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");
    private TemporaryFolder? _folder;
    private Process? _daemon;

    /// <summary>Gets the reason why there are no stand-ins; null if there are.</summary>
    internal string? WhyNoStandIns { get; private set; }

    /// <summary>Gets the reason why there is no sshd; null if there is one.</summary>
    internal string? WhyNoDaemon { get; private set; }

    /// <summary>Gets the hosts for which ssh has been started so far.</summary>
    internal string[] Started => File.Exists(this["started"]) ? File.ReadAllLines(this["started"]) : [];

    /// <summary>Gets the number of logins so far.</summary>
    internal int Logins => File.ReadAllText(this["sshd.log"]).Split("Accepted publickey").Length - 1;

    /// <summary>
    /// Returns the process ids of the ssh processes of this bed, and of the shells that wait for the end of the processes that started
    /// them.
    /// </summary>
    internal int[] SshProcesses() => Processes("ssh_config");

    /// <summary>Returns the process ids of the processes of this bed whose command line contains a text.</summary>
    internal int[] Processes(string text) =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => int.TryParse(name, out _))
                .Select(int.Parse!)
                .Where(pid =>
                    pid != Environment.ProcessId
                    && CommandLine(pid) is var line
                    && line.Contains(text, StringComparison.Ordinal)
                    && (line.Contains(_folder!.Root, StringComparison.Ordinal) || line.Contains(Simulated, StringComparison.Ordinal))),
        ];

    /// <summary>
    /// Makes the program at the remote end complete the connection, and then run a script in place of each later request.
    /// </summary>
    internal void MakeFarEndDeaf(string script)
    {
        if (!File.Exists(this["far/hearing"]))
            File.Move(this["far/xenshared"], this["far/hearing"]);
        Script(
            "far/xenshared",
            $"#!/bin/bash\ncase \"$*\" in *--domid=0*) exec '{this["far/hearing"]}' \"$@\" ;; esac\necho $$ >>'{this["deaf"]}'\n{script}\n"
        );
    }

    /// <summary>Restores the program at the remote end, and ends the scripts that still run.</summary>
    internal void MakeRemoteEndReceive()
    {
        if (!File.Exists(this["far/hearing"])) return;
        File.Move(this["far/hearing"], this["far/xenshared"], overwrite: true);
        foreach (var pid in File.Exists(this["deaf"]) ? File.ReadAllLines(this["deaf"]).Select(int.Parse) : [])
        {
            if (CommandLine(pid).Contains(this["far"], StringComparison.Ordinal)) Process.GetProcessById(pid).Kill();
        }
        File.Delete(this["deaf"]);
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    // A test that needs a file of the bed is skipped if there is no bed.
    internal string this[string name]
    {
        get
        {
            Assert.SkipWhen(_folder is null, WhyNoStandIns ?? "");
            return _folder![name];
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux() || Find("ssh") is not { } ssh || Find("bash") is null)
            WhyNoStandIns = WhyNoDaemon = "ssh and bash are not installed (Debian: openssh-client)";
        else if (!File.Exists(Daemon))
            WhyNoDaemon = "sshd is not installed (Debian: openssh-server)";
        if (WhyNoStandIns is not null)
            return;
        _folder = new TemporaryFolder();
        foreach (var name in (string[])["bin", "far", "dying", "standins"]) Directory.CreateDirectory(this[name]);
        WriteWrapper(Find("ssh")!);
        Environment.SetEnvironmentVariable("PATH", $"{this["bin"]}:{_path}");
        if (WhyNoDaemon is null) await StartDaemonAsync();
    }

    public ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        _daemon?.Kill(entireProcessTree: true);
        _daemon?.Dispose();
        _folder?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Skips the test if there is no sshd.</summary>
    internal void NeedDaemon() => Assert.SkipWhen(WhyNoDaemon is not null, WhyNoDaemon ?? "");

    /// <summary>
    /// Returns a host that a bash script simulates. The script gets the command line of the remote end as its first argument, and has a
    /// function that writes the first message of this version. Its connection is open without any action of the script.
    /// </summary>
    internal SshDestination StandIn(string name, string script)
    {
        Assert.SkipWhen(WhyNoStandIns is not null, WhyNoStandIns ?? "");
        // The first message of a correct remote end.
        File.WriteAllBytes(this["good.xencap"], CaptureText.RealText());
        Script($"standins/standin-{name}", $"#!/bin/bash\nhello() {{ echo '{WireProtocol.CreateHello()}'; }}\n{script}\n");
        return new SshDestination($"standin-{name}");
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private void WriteWrapper(string ssh) => Script("bin/ssh", $$"""
        #!/bin/bash
        args=("$@")
        for i in "${!args[@]}"; do
          [ "${args[$i]}" = -- ] && host=${args[$((i + 1))]} && command=${args[$((i + 2))]} && break
        done
        echo "$host" >>'{{this["started"]}}'
        export BED='{{_folder!.Root}}'
        case $host in
          standin-*) [ -z "$command" ] && exit; [ "$command" = cat ] && exec cat; exec "$BED/standins/$host" "$command" ;;
        esac
        exec '{{ssh}}' -F "$BED/ssh_config" "$@"

        """);

    private async Task StartDaemonAsync()
    {
        var ports = FreePorts(4);
        foreach (var key in (string[])["host", "other", "user", "stranger"])
            Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", this[key]);
        File.Copy(this["user.pub"], this["authorized_keys"]);
        Write("known_hosts", string.Concat(ports.Select(port => $"[127.0.0.1]:{port} {File.ReadAllText(this["host.pub"])}")));
        Write("other_hosts", string.Concat(ports.Select(port => $"[127.0.0.1]:{port} {File.ReadAllText(this["other.pub"])}")));
        Write("no_hosts", "");
        Write("ssh_config", $"""
            Host far deaf stranger unknown forbidden
              Port {ports[0]}
            Host empty
              Port {ports[1]}
            Host dying
              Port {ports[2]}
            Host closed
              Port {ports[3]}
            Host stranger
              UserKnownHostsFile {this["other_hosts"]}
            Host unknown
              UserKnownHostsFile {this["no_hosts"]}
            Host forbidden
              IdentityFile {this["stranger"]}
            Host nowhere
              HostName no-such-host.invalid
            Host * !forbidden
              IdentityFile {this["user"]}
            Match all
              HostName 127.0.0.1
              User {Environment.UserName}
              IdentitiesOnly yes
              UserKnownHostsFile {this["known_hosts"]}
              GlobalKnownHostsFile none
              StrictHostKeyChecking ask

            """);
        Write("sshd_config", $"""
            ListenAddress 127.0.0.1
            Port {ports[0]}
            Port {ports[1]}
            Port {ports[2]}
            HostKey {this["host"]}
            AuthorizedKeysFile {this["authorized_keys"]}
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            MaxStartups 100
            Match LocalPort {ports[0]}
              SetEnv PATH={this["far"]}:/usr/bin:/bin
            Match LocalPort {ports[1]}
              SetEnv PATH=/usr/bin:/bin
            Match LocalPort {ports[2]}
              SetEnv PATH={this["dying"]}:/usr/bin:/bin

            """);
        var runtime = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        Script("far/xenshared", $"""
            #!/bin/sh
            verb=$1
            shift
            DOTNET_ROOT='{runtime}' exec '{CliProgram.Location}' "$verb" --target {Simulated} "$@"

            """);
        // The remote end sends its first message, and then the connection ends in the middle of a reply.
        Script("dying/xenshared", $$"""
            #!/bin/bash
            case "$*" in *--only=Domains*) exec '{{this["far/xenshared"]}}' "$@" ;; esac
            '{{this["far/xenshared"]}}' capture - --plain --sample 0 | head -c 20000
            for ((pid = $$; pid > 1; pid = parent)); do
              parent=$(awk '/^PPid/ { print $2 }' /proc/$pid/status)
              case $(cat /proc/$pid/comm) in sshd*) kill -9 $pid; exit ;; esac
            done

            """);
        if (Environment.IsPrivilegedProcess) Directory.CreateDirectory("/run/sshd");
        _daemon = Process.Start(new ProcessStartInfo(Daemon, ["-D", "-f", this["sshd_config"], "-E", this["sshd.log"]]))!;
        var clock = Stopwatch.StartNew();
        while (!await ListensAsync(ports[0]))
        {
            if (_daemon.HasExited || clock.Elapsed > TimeSpan.FromSeconds(30))
                throw new InvalidOperationException($"sshd does not listen: {File.ReadAllText(this["sshd.log"])}");
            await Task.Delay(50);
        }
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private void Write(string name, string text) => File.WriteAllText(this[name], text);

    private void Script(string name, string text)
    {
        Write(name, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(this[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
