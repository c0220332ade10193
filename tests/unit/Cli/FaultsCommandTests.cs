using System.Text.Json;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary><c>xenshared faults</c> and <c>watch</c>, as a script runs them.</summary>
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
        Assert.Contains("-> Repair-XenEventChannel -DomId 14 -Port 66 -Unmask", ill.Output, StringComparison.Ordinal);
        Assert.All(ill.Lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal((0, "", ""), (well.Status, well.Output, well.Error));
    }

    [Fact]
    public void JsonHasOneFaultALine()
    {
        var result = CliProgram.Run("faults", "-t", "simulated:15", "-d", "14", "15", "--json", "--rule", "lost*", "Stuck*", "--severity", "Critical");

        var faults = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["StuckMasked", "LostWakeup"], faults.Select(fault => fault.GetProperty("Rule").GetString()));
        Assert.All(faults, fault => Assert.Equal(("Critical", 66), (fault.GetProperty("Severity").GetString(), fault.GetProperty("Port").GetInt32())));
    }

    [Fact]
    public void CapturesAreJudgedAloneAndTogether()
    {
        var alone = CliProgram.Run("faults", "-t", Path.Combine(s_data, "bookworm-quick.xencap"));
        var together = CliProgram.Run("faults", "-t", Path.Combine(s_data, "bookworm-quick.xencap"), "--reference", Path.Combine(s_data, "bookworm-quick-paused.xencap"));

        Assert.Equal((0, ""), (alone.Status, alone.Output));
        Assert.Equal((0, ""), (together.Status, together.Output));
        Assert.Contains("Domain 0 (Domain-0) is not judged by the rules about waiting events", alone.Error, StringComparison.Ordinal);
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
        Assert.Matches(@"^TIME \(UTC\) +DOM +PORT PROPERTY +BEFORE +AFTER +DEVICE\n\d\d:\d\d:\d\d\.\d{3} +19 +3 Pending +(yes|-) +(yes|-)\n", table.Output);
        Assert.Equal(table.Lines.Length - 1, json.Lines.Length);
        var change = JsonDocument.Parse(json.Lines[0]).RootElement;
        Assert.Equal(("Pending", !change.GetProperty("Before").GetBoolean()), (change.GetProperty("Property").GetString(), change.GetProperty("After").GetBoolean()));
        Assert.Equal(5, capture.Status);
        Assert.Contains("nothing changes", capture.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingThatChangesIsNoFailure()
    {
        var result = CliProgram.Run("watch", "-t", "simulated:3", "-d", "1", "--interval", "1", "--duration", "0.02");

        Assert.Equal((0, ""), (result.Status, result.Error));
    }
}
