using XenShared.Cli;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Checks that every command reports a full device at standard output with one error line and a documented status.</summary>
public sealed class FullOutputTests : IDisposable
{
    private const int Failed = 5;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Gets every command of the program, so that a new command is tested too.</summary>
    public static TheoryData<string> Commands => new(Program.CreateRootCommand().Subcommands.Select(command => command.Name));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void EveryCommandFailsWithOneLine(string command)
    {
        AssertFails(command switch
        {
            "capture" => "capture - --sample 0",
            "report" => "report - --sample 0",
            "metrics" or "vcpus" or "clocks" => $"{command} --sample 0",
            "watch" => "watch -d 2 3 4 5 6 7 8 --interval 1 --count 200",
            "send" => "send -d 1 -p 2 --yes",
            "poke" => "poke -d 1 -p 2 --masked true --yes",
            _ => command,
        }, command != "demo");
    }

    [Theory]
    [InlineData("poke -d 1 -p 2 --masked true --wire")]
    [InlineData("capture - --sample 0 --wire")]
    public void EveryCommandWithARemoteEndFailsWithOneLine(string command) => AssertFails(command, withTarget: true);

    [Theory]
    [InlineData("--help")]
    [InlineData("poke --help")]
    [InlineData("--version")]
    public void HelpFailsWithOneLine(string command) => AssertFails(command, withTarget: false);

    private void AssertFails(string command, bool withTarget)
    {
        var node = _folder["full"];
        // A node of our own: the program must never be given the system's.
        var made = File.Exists("/usr/bin/mknod") ? Tool.Run("/usr/bin/mknod", "", node, "c", "1", "7") : (1, "there is no mknod");
        Assert.SkipWhen(made.Item1 != 0, $"this user cannot make device nodes: {made.Item2}");

        // Its input never ends, because the end of its input would end a program at the remote end.
        var run = Tool.Run(
            "/bin/sh",
            "",
            "-c",
            "mkfifo \"$2.in\" && exec \"$0\" $1 >\"$2\" <>\"$2.in\"",
            CliProgram.Location,
            command + (withTarget ? " -t simulated:8" : ""),
            node);

        Assert.Equal(Failed, run.Status);
        Assert.Matches(@"\A(\{""kind"":""hello""[^\n]+\n)?(warning: [^\n]+\n)*xenshared: [^\n]+\n\z", run.Said);
    }
}
