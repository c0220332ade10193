using System.Collections.Concurrent;
using System.Runtime.Versioning;
using XenShared.Poking;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>
/// Checks that a signal ends every command at any point with the exit status of the signal, and that nothing is left behind.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class SignalTests : IDisposable
{
    private const string Host = "simulated:400";

    private static readonly int[] s_signals = [RunningProgram.Hangup, RunningProgram.Interrupt, RunningProgram.Terminate];

    // The output of each command exceeds the buffer of a pipe, so no command ends by itself while its output is not read.
    private static readonly string[] s_printing =
    [
        "domains --json", "info --json", "vcpus --json", "channels --json", "devices --json", "capture - --plain --sample 0", "report -",
        "metrics",
    ];

    private static readonly string[] s_reading =
    [
        "domains",
        "info",
        "vcpus",
        "clocks",
        "channels",
        "devices",
        "capture OUT",
        "report OUT",
        "metrics --output OUT",
        "watch",
        "faults",
        "capture - --wire",
    ];

    // The messages of a command that is left to end, such as those about guests whose page cannot be read. A signal adds none to them.
    private static readonly ConcurrentDictionary<string, Lazy<HashSet<string>>> s_messages = new();

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int> Printing => Matrix(s_printing);

    public static TheoryData<string> PrintingCommands => new(s_printing);

    public static TheoryData<string, int> Reading => Matrix(s_reading);

    public static TheoryData<string, int> Signals => Matrix(["poke --domid 1 --port 2 --masked true", "poke --request=REQUEST"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Reading))]
    public void WhileItsTargetIsRead(string command, int signal)
    {
        Assert.Equal(0, Tool.Run("/usr/bin/mkfifo", "", _folder["target"]).Status);
        using var program = RunningProgram.Start(_folder, [.. Words(command), "--target", _folder["target"]]);
        // It returns when the program has the other end open.
        using var target = new FileStream(_folder["target"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        program.AwaitCommand();

        program.Signal(signal);

        AssertEnded(program, command, signal);
    }

    [Theory]
    [MemberData(nameof(Printing))]
    public void WhileItsOutputIsNotRead(string command, int signal)
    {
        using var program = RunningProgram.Start(_folder, [.. Words(command), "--target", Host]);
        Assert.NotEqual(-1, program.Output.BaseStream.ReadByte());

        program.Signal(signal);

        Assert.Equal(128 + signal, program.WaitForEnd());
        AssertNoFurtherMessage(program, command);
        AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public void WhileItWaitsForConsent(string command, int signal)
    {
        using var input = new TemporaryFolder();
        File.WriteAllText(input["request"], PokeRequestLine.Serialize(new SendEventRequest { DomId = 1, Port = 2 }));
        var words = Words(command.Replace("REQUEST", input["request"], StringComparison.Ordinal));
        using var program = RunningProgram.Start(_folder, [.. words, "--wire", "--target", Host]);
        Assert.Contains("hello", program.Output.ReadLine(), StringComparison.Ordinal);
        Assert.Contains("proposal", program.Output.ReadLine(), StringComparison.Ordinal);

        program.Signal(signal);

        AssertEnded(program, command, signal);
        Assert.DoesNotContain("\"poke\"", program.Output.ReadToEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RunningProgram.Hangup)]
    [InlineData(RunningProgram.Interrupt)]
    [InlineData(RunningProgram.Terminate)]
    public void WhileAConfirmationIsOpen(int signal)
    {
        Assert.SkipWhen(Tool.Find("script") is null, "script is not installed (Debian: bsdutils)");
        var inner = $"echo $$ >'{_folder["pid"]}'; exec env --default-signal=HUP,INT,TERM '{CliProgram.Location}' "
            + $"poke --domid 1 --port 2 --masked true --target {Host}";
        var start = CliProgram.Prepare(Environment.GetEnvironmentVariable("PATH")!, ["-qec", inner, "/dev/null"]);
        start.FileName = Tool.Find("script")!;
        using var terminal = System.Diagnostics.Process.Start(start)!;
        var asked = "";
        while (!asked.EndsWith("[y/N] ", StringComparison.Ordinal) && terminal.StandardOutput.Read() is var letter and >= 0)
            asked += (char)letter;

        Assert.Equal(0, Tool.Run("/bin/kill", "", $"-{signal}", File.ReadAllText(_folder["pid"]).Trim()).Status);

        Assert.True(terminal.WaitForExit(TimeSpan.FromSeconds(60)), asked);
        Assert.Equal(128 + signal, terminal.ExitCode);
    }

    [Theory]
    [InlineData(RunningProgram.Hangup)]
    [InlineData(RunningProgram.Interrupt)]
    [InlineData(RunningProgram.Terminate)]
    public async Task WhileItWatches(int signal)
    {
        using var program = RunningProgram.Start(_folder, "watch", "--target", Host, "--interval", "10");
        Assert.NotNull(program.Output.ReadLine());
        // The output of the command has no end. It is read, because the command would otherwise wait.
        var rest = program.Output.ReadToEndAsync(TestContext.Current.CancellationToken);

        program.Signal(signal);

        Assert.Equal(0, program.WaitForEnd());
        Assert.DoesNotContain("xenshared:", program.Error, StringComparison.Ordinal);
        Assert.NotNull(await rest);
    }

    [Theory]
    [InlineData("watch --interval 3600000", 0)]
    [InlineData("faults --interval 3600000", 143)]
    [InlineData("capture OUT --target FIFO", 143)]
    public void FromTheFirstMoment(string command, int status)
    {
        Assert.Equal(0, Tool.Run("/usr/bin/mkfifo", "", _folder["target"]).Status);
        using var program = RunningProgram.Start(
            _folder,
            [
                .. Words(command.Replace("FIFO", _folder["target"], StringComparison.Ordinal)),
                .. command.Contains("FIFO", StringComparison.Ordinal) ? (string[])[] : ["--target", Host],
            ]);
        program.AwaitCommand();

        program.Signal(RunningProgram.Terminate);

        Assert.Equal(status, program.WaitForEnd());
        AssertNothingLeft();
    }

    [Theory]
    [InlineData("capture OUT")]
    [InlineData("report OUT")]
    [InlineData("metrics --output OUT")]
    public void WhileAPipeHasNoReader(string command)
    {
        Assert.Equal(0, Tool.Run("/usr/bin/mkfifo", "", _folder["out"]).Status);
        using var program = RunningProgram.Start(_folder, [.. Words(command), "--target", "simulated:2", "--sample", "0"]);
        program.AwaitCommand();

        program.Signal(RunningProgram.Terminate);

        Assert.Equal(143, program.WaitForEnd());
        Assert.True(File.Exists(_folder["out"]));
    }

    [Fact]
    public void TwiceIsNoMoreThanOnce()
    {
        using var program = RunningProgram.Start(_folder, "domains", "--json", "--target", Host);
        Assert.NotEqual(-1, program.Output.BaseStream.ReadByte());

        program.Signal(RunningProgram.Terminate);
        program.Signal(RunningProgram.Terminate);
        program.Signal(RunningProgram.Interrupt);

        Assert.Equal(143, program.WaitForEnd());
    }

    [Theory]
    [MemberData(nameof(PrintingCommands))]
    public void AReaderThatGoesIsNoError(string command)
    {
        using var program = RunningProgram.Start(_folder, [.. Words(command), "--target", Host]);
        Assert.NotEqual(-1, program.Output.BaseStream.ReadByte());

        program.Output.Close();

        Assert.Equal(141, program.WaitForEnd());
        AssertNoFurtherMessage(program, command);
    }

    [Fact]
    public void AReaderThatGoesEndsWatching()
    {
        using var program = RunningProgram.Start(_folder, "watch", "--target", Host, "--interval", "10");
        Assert.NotNull(program.Output.ReadLine());

        program.Output.Close();

        Assert.Equal(0, program.WaitForEnd());
        Assert.DoesNotContain("xenshared:", program.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AReaderThatGoesDoesNotEndASequenceOfWrites()
    {
        string[] repair =
        [
            "poke",
            "--domid",
            "14",
            "--port",
            "66",
            "--repair",
            "--unmask",
            "--yes",
            "--json",
            "--target",
            "simulated:15:3",
        ];
        using var program = RunningProgram.Start(_folder, [.. repair, "--log", _folder["log"]]);
        program.Output.Close();

        Assert.Equal(141, program.WaitForEnd());

        var whole = CliProgram.Run(repair);
        Assert.True(whole.Lines.Length > 1);
        // The log has what was intended as well.
        Assert.Equal(whole.Lines.Length, File.ReadAllLines(_folder["log"]).Count(line => PokeLine.Read(line).Outcome == PokeOutcome.Done));
    }

    private static TheoryData<string, int> Matrix(string[] commands)
    {
        var data = new TheoryData<string, int>();
        foreach (var command in commands)
        {
            foreach (var signal in s_signals) data.Add(command, signal);
        }
        return data;
    }

    private string[] Words(string command) => command.Replace("OUT", _folder["out"], StringComparison.Ordinal).Split(' ');

    private static void AssertNoFurtherMessage(RunningProgram program, string command)
    {
        var whole = s_messages.GetOrAdd(command, static words => new(() => MessagesOf(words))).Value;
        Assert.DoesNotContain(program.Error.Split('\n'), line => line.Length > 0 && !whole.Contains(line));
    }

    private static HashSet<string> MessagesOf(string command) =>
        [.. CliProgram.Run([.. command.Split(' '), "--target", Host]).Error.Split('\n')];

    private void AssertEnded(RunningProgram program, string command, int signal)
    {
        Assert.Equal(command == "watch" ? 0 : 128 + signal, program.WaitForEnd());
        Assert.DoesNotContain("xenshared:", program.Error, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    private void AssertNothingLeft()
    {
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName), name =>
            name is not ("tmp" or "target" or "out"));
        Assert.False(File.Exists(_folder["out"]));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["tmp"]));
    }
}
