using System.Text.Json;
using XenShared.Diagnosis.Rules;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Tests <c>xenshared faults</c> and <c>watch</c>, as a script runs them.</summary>
public sealed class FaultsCommandTests
{
    private static readonly string s_data = Path.Combine(AppContext.BaseDirectory, "data");

    [Fact]
    public void AFaultIsStatusOneAndNoneIsStatusZero()
    {
        var ill = CliProgram.Run("faults", "-t", "simulated:15", "-d", "14");
        var well = CliProgram.Run("faults", "-t", "simulated:15", "-d", "1");

        Assert.Equal((1, ""), (ill.Status, ill.Error));
        Assert.StartsWith("CRITICAL StuckMasked: domain 14 (sim-pv-stuck-14) port 66 vCPU 0", ill.Output, StringComparison.Ordinal);
        Assert.Contains("-> xenshared poke -d 14 -p 66 --repair --unmask -t simulated:15", ill.Output, StringComparison.Ordinal);
        Assert.All(ill.Lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal((0, "", ""), (well.Status, well.Output, well.Error));
    }

    [Fact]
    public void JsonHasOneFaultALine()
    {
        var result = CliProgram.Run(
            "faults",
            "-t",
            "simulated:15",
            "-d",
            "14",
            "15",
            "--json",
            "--rule",
            "lost*",
            "Stuck*",
            "--severity",
            "Critical");

        var faults = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["StuckMasked", "LostWakeup"], faults.Select(fault => fault.GetProperty("Rule").GetString()));
        Assert.All(faults, fault =>
            Assert.Equal(("Critical", 66), (fault.GetProperty("Severity").GetString(), fault.GetProperty("Port").GetInt32())));
        Assert.Equal(
            [
                "xenshared poke -d 14 -p 66 --repair --unmask -t simulated:15 makes Xen send it again.",
                "xenshared poke -d 15 -p 66 --repair -t simulated:15 makes Xen send it again.",
            ],
            faults.Select(fault => fault.GetProperty("Advice").GetString()));
    }

    // A file cannot be written: what it advises is for the host that it was taken on.
    [Fact]
    public void TheAdviceNamesTheTargetUnlessItIsAFile()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, CliProgram.Run("capture", folder["host.xencap"], "-t", "simulated:15", "-d", "14").Status);

        var live = CliProgram.Run("faults", "-t", "simulated:15:7", "-d", "14");
        var file = CliProgram.Run("faults", "-t", folder["host.xencap"]);

        Assert.Contains("--unmask -t simulated:15:7 makes", live.Output, StringComparison.Ordinal);
        Assert.Contains("-> xenshared poke -d 14 -p 66 --repair --unmask makes", file.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void CapturesAreJudgedAloneAndTogether()
    {
        var alone = CliProgram.Run("faults", "-t", Path.Combine(s_data, "bookworm-quick.xencap"));
        var together = CliProgram.Run(
            "faults",
            "-t",
            Path.Combine(s_data, "bookworm-quick.xencap"),
            "--reference",
            Path.Combine(s_data, "bookworm-quick-paused.xencap"));

        Assert.Equal((0, ""), (alone.Status, alone.Error));
        Assert.Equal((0, ""), (together.Status, together.Error));
        Assert.StartsWith(
            "NOT JUDGED domain 0 (Domain-0): LostWakeup, StuckMasked, CallbackMissing\n    it uses FIFO channels",
            alone.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            "NOT JUDGED domains 0, 1, 2, 3, 5, 6: FrozenClock, ClockJump\n    one sample cannot show it",
            alone.Output,
            StringComparison.Ordinal);
        Assert.All(alone.Lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.DoesNotContain("CRITICAL", together.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasNotJudgedIsAnObjectInJson()
    {
        var result = CliProgram.Run("faults", "-t", Path.Combine(s_data, "bookworm-pvh-fifo.save"), "--json");

        var answers = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal((6, ""), (result.Status, result.Error));
        Assert.Equal(FaultRules.Names, answers.Select(answer => answer.GetProperty("Rule").GetString()));
        Assert.All(answers, answer => Assert.Equal("NotJudged", answer.GetProperty("Outcome").GetString()));
        Assert.All(answers, answer => Assert.NotEmpty(answer.GetProperty("Reason").GetString()!));
        Assert.All(answers, answer => Assert.Equal(JsonValueKind.Null, answer.GetProperty("TakenAt").ValueKind));
    }

    [Fact]
    public void TheHelpNamesTheStatusForNothingJudged() =>
        Assert.Contains(
            "6: nothing could be judged",
            CliProgram.Run("faults", "--help").Output.ReplaceLineEndings(" "),
            StringComparison.Ordinal);

    [Fact]
    public void AHungGuestsLogIsNoAllClear()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write(
            "log",
            System.Text.Encoding.ASCII.GetBytes(
                "(XEN) 'e' pressed -> dumping event-channel info\n(XEN) Event channel information for domain 28:\n(XEN) Polling vCPUs: "
                    + "{}\n(XEN)     port [p/m/s]\n"
                    + "(XEN)        1 [0/0/1]: s=3 n=0 x=0 d=0 p=33\n(XEN)        2 [1/1/1]: s=3 n=0 x=0 d=0 p=34\n(XEN)        3 [1/0/1]: "
                    + "s=5 n=0 x=0 v=0\n"));

        var result = CliProgram.Run("faults", "-t", file);

        Assert.Equal(1, result.Status);
        Assert.Contains("INFORMATION LostWakeup: domain 28 port 3", result.Output, StringComparison.Ordinal);
        Assert.Contains("INFORMATION StuckMasked: domain 28 port 2", result.Output, StringComparison.Ordinal);
        Assert.Contains("One sample only", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("there is no domain 0", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "faults", "--rule", "nothing")]
    [InlineData(2, "faults", "--samples", "0")]
    [InlineData(2, "watch", "--interval", "0")]
    [InlineData(2, "watch", "--count", "0")]
    [InlineData(2, "watch", "--duration", "-1")]
    [InlineData(1, "faults", "-t", "simulated:3", "-d", "99")]
    [InlineData(5, "faults", "-t", "simulated:3", "--reference", "/nowhere/at/all")]
    [InlineData(5, "watch", "-t", "/nowhere/at/all")]
    public void WhatCannotBeDoneHasAStatusAndASentence(int status, params string[] arguments)
    {
        var result = CliProgram.Run(arguments);

        Assert.Equal((status, ""), (result.Status, result.Output));
        Assert.NotEmpty(result.Error);
    }

    [Fact]
    public void ChangesAreWatched()
    {
        var table = CliProgram.Run("watch", "-t", "simulated:30", "-d", "19", "--interval", "1", "--count", "20");
        var json = CliProgram.Run("watch", "-t", "simulated:30", "-d", "19", "--interval", "1", "--count", "20", "--json");
        var capture = CliProgram.Run("watch", "-t", Path.Combine(s_data, "bookworm-quick.xencap"));

        Assert.Equal(0, table.Status);
        Assert.Matches(
            @"^TIME \(UTC\) +DOM +PORT PROPERTY +BEFORE +AFTER +DEVICE\n\d\d:\d\d:\d\d\.\d{3} +19 +3 Pending +(yes|-) +(yes|-)\n",
            table.Output);
        Assert.Equal(table.Lines.Length - 1, json.Lines.Length);
        var change = JsonDocument.Parse(json.Lines[0]).RootElement;
        Assert.Equal(
            ("Pending", !change.GetProperty("Before").GetBoolean()),
            (change.GetProperty("Property").GetString(), change.GetProperty("After").GetBoolean()));
        Assert.Equal(5, capture.Status);
        Assert.Contains("nothing changes", capture.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("watch", "-t", "simulated", "--interval", "1", "--count", "2")]
    [InlineData("watch", "-t", "simulated", "--interval", "1", "--count", "2", "--domid", "5")]
    public void TwoLooksAtTheSimulatedHostShowTraffic(params string[] arguments)
    {
        var result = CliProgram.Run(arguments);

        Assert.Equal(0, result.Status);
        Assert.Matches(@"(?m)^\d\d:\d\d:\d\d\.\d{3} +5 +\d+ Pending +(yes +-|- +yes) +vif0$", result.Output);
    }

    [Fact]
    public void NothingThatChangesIsNoFailure()
    {
        var result = CliProgram.Run("watch", "-t", "simulated:3", "-d", "1", "--interval", "1", "--duration", "0.02");

        Assert.Equal((0, ""), (result.Status, result.Error));
    }
}
