using System.Runtime.Versioning;
using System.Text;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>Checks that a signal ends a command with a connection to a remote host, its ssh, and the program on that host.</summary>
[Collection("ssh")]
[SupportedOSPlatform("linux")]
public sealed class SignalOverSshTests(SshBed bed) : IDisposable
{
    private static readonly int[] s_signals = [RunningProgram.Hangup, RunningProgram.Interrupt, RunningProgram.Terminate];
    private static readonly string[] s_commands =
    [
        "domains",
        "capture OUT",
        "metrics --output OUT",
        "watch",
        "faults",
        "poke --domid 1 --port 2 --masked true --yes",
    ];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int> Commands
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var command in s_commands)
            {
                foreach (var signal in s_signals) data.Add(command, signal);
            }
            return data;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void WhileTheRemoteEndDoesNotRespond(string command, int signal)
    {
        var host = bed.StandIn($"silent-{Guid.NewGuid():N}", $"echo $$ >'{_folder["far"]}'; exec sleep 1000");
        using var program = RunningProgram.Start(_folder, [.. Words(command), "--target", $"ssh://{host.HostName}"]);
        RunningProgram.Await(
            () => File.Exists(_folder["far"]) && File.ReadAllText(_folder["far"]).EndsWith('\n'),
            "The far end was not asked");

        program.Signal(signal);

        Assert.Equal(command == "watch" ? 0 : 128 + signal, program.WaitForEnd());
        AssertNothingLeft(host.HostName);
    }

    [Theory]
    [InlineData(RunningProgram.Hangup)]
    [InlineData(RunningProgram.Interrupt)]
    [InlineData(RunningProgram.Terminate)]
    public void WhileItWaitsWithARealConnection(int signal)
    {
        bed.NeedDaemon();
        var logins = bed.Logins;
        using var program = RunningProgram.Start(_folder, "watch", "--target", "ssh://far", "--interval", "3600000");
        RunningProgram.Await(() => bed.Logins > logins, "Nobody logged in");

        program.Signal(signal);

        Assert.Equal(0, program.WaitForEnd());
        AssertNothingLeft("far");
    }

    private string[] Words(string command) => command.Replace("OUT", _folder["out"], StringComparison.Ordinal).Split(' ');

    // The system takes a moment to end what was killed.
    private void AssertNothingLeft(string host)
    {
        RunningProgram.Await(() => Processes(host).Length == 0, "These are left: " + string.Join("; ", Processes(host)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["tmp"]));
        Assert.False(File.Exists(_folder["out"]));
    }

    // Processes of ssh or of its stand-in, which have the folder of this test or the host name in their command line.
    private string[] Processes(string host) =>
        [
            .. Directory
                .GetDirectories("/proc")
                .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
                .SelectMany(folder =>
                {
                    try
                    {
                        var arguments = File.ReadAllText(Path.Combine(folder, "cmdline"), Encoding.UTF8).TrimEnd('\0').Split('\0');
                        var environment = File.ReadAllText(Path.Combine(folder, "environ"), Encoding.UTF8);
                        return environment.Contains($"TMPDIR={_folder["tmp"]}\0", StringComparison.Ordinal) || arguments.Contains(host)
                            ? [string.Join(' ', arguments)]
                            : (string[])[];
                    }
                    catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                    {
                        // It has ended, or is another user's.
                        return [];
                    }
                }),
        ];
}
