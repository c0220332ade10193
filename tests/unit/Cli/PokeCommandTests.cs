using System.Text.Json;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Tests <c>xenshared poke</c> and <c>send</c> on the simulated host, as a user runs them.</summary>
public sealed class PokeCommandTests
{
    private const string Host = "simulated:15:3";

    [Fact]
    public void AnEventIsSent()
    {
        var result = CliProgram.Run("send", "-t", Host, "-d", "1", "-p", "2", "--yes");

        Assert.Equal((0, ""), (result.Status, result.Error));
        Assert.Contains("domain 1: event[port 2]: sent", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutConsentNothingIsDone()
    {
        var asked = CliProgram.Run("poke", "-t", Host, "-d", "1", "-p", "2", "--masked", "true");
        var shown = CliProgram.Run("poke", "-t", Host, "-d", "1", "-p", "2", "--masked", "true", "--what-if");

        Assert.Equal((5, ""), (asked.Status, asked.Output));
        Assert.Contains("--yes", asked.Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), (shown.Status, shown.Output));
        Assert.Equal("What if: mask port 2 (console) of domain 1 (sim-pv-2l-1)\n", shown.Error);
    }

    [Theory]
    [InlineData("send -d 1 -p 66", "send an event to port 66 (vbd51712) of domain 1 (sim-pv-2l-1)")]
    [InlineData("poke -d 1 -p 66 --masked true", "mask port 66 (vbd51712) of domain 1 (sim-pv-2l-1)")]
    [InlineData("poke -d 2 -p 66 --masked true --force", "mask port 66 (vbd51712) of domain 2 (sim-pv-fifo-2)")]
    [InlineData(
        "poke -d 1 -p 66 --pending true --force",
        "domain 1 (sim-pv-2l-1): set the pending bit of port 66 (vbd51712); set bits 0x2 of the pending selector of vCPU 0; "
            + "set the pending upcall of vCPU 0")]
    [InlineData("poke -d 1 --field arch.max_pfn --value 0x80", "set arch.max_pfn to 0x80 of domain 1 (sim-pv-2l-1)")]
    [InlineData(
        "poke -d 1 --wall-clock 2030-01-02T03:04:05Z --force",
        "set the wall clock to 2030-01-02 03:04:05Z of domain 1 (sim-pv-2l-1)")]
    [InlineData("poke -d 4 --vcpu 0 --upcall-pending true --force", "set the pending upcall of vCPU 0 of domain 4 (sim-minios-busy-4)")]
    [InlineData("poke -d 4 --vcpu 0 --upcall-mask true --force", "mask the upcalls of vCPU 0 of domain 4 (sim-minios-busy-4)")]
    [InlineData(
        "poke -d 14 -p 66 --repair --unmask",
        "domain 14 (sim-pv-stuck-14): unmask port 66 (vbd51712); clear the pending bit of port 66 (vbd51712); "
            + "send an event to port 66 (vbd51712)")]
    public void WhatWouldBeDoneIsNamedAndItsBytesOnRequest(string command, string text)
    {
        string[] arguments = [.. command.Split(' '), "-t", Host, "--what-if"];

        var run = CliProgram.Run(arguments);
        var verbose = CliProgram.Run([.. arguments, "--verbose"]);

        Assert.Equal(0, run.Status);
        Assert.Equal($"What if: {text}\n", run.Error);
        Assert.EndsWith(run.Error, verbose.Error, StringComparison.Ordinal);
        Assert.Matches(command.StartsWith("send", StringComparison.Ordinal) ? "control domain's port" : "at frame 0x", verbose.Error);
    }

    [Fact]
    public void APokeIsLoggedAndUndone()
    {
        using var folder = new TemporaryFolder();
        var done = CliProgram.Run("poke", "-t", Host, "-d", "1", "-p", "2", "--masked", "true", "--yes", "--json", "--log", folder["log"]);

        Assert.Equal((0, ""), (done.Status, done.Error));
        using var poke = JsonDocument.Parse(done.Output);
        Assert.Equal("evtchn_mask[port 2]", poke.RootElement.GetProperty("Field").GetString());
        var log = File.ReadAllLines(folder["log"]);
        Assert.Equal(2, log.Length);
        Assert.Contains("\"Outcome\":\"Intended\"", log[0], StringComparison.Ordinal);
        Assert.Equal(done.Output, log[1] + "\n");
        // Each run has a host of its own, whose bit was never set.
        var undone = CliProgram.Run("poke", "-t", Host, "--undo", folder["log"], "--yes");
        Assert.Equal(5, undone.Status);
        Assert.Contains("instead of 0x1", undone.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("poke", "-d", "14", "-p", "66", "--repair", "--unmask", "--yes")]
    [InlineData("poke", "-d", "1", "--field", "arch.max_pfn", "--value", "0x80", "--yes")]
    [InlineData("poke", "-d", "1", "--wall-clock", "2030-01-02T03:04:05Z", "--yes")]
    [InlineData("poke", "-d", "4", "--vcpu", "0", "--selector", "1", "--upcall-pending", "true", "--yes")]
    public void EveryKindOfPokeIsDone(params string[] arguments)
    {
        var result = CliProgram.Run([.. arguments, "-t", Host]);

        Assert.Equal((0, ""), (result.Status, result.Error));
        Assert.NotEmpty(result.Output);
    }

    [Theory]
    [InlineData("{\"kind\":\"sendEvent\",\"DomId\":1,\"Port\":2}", "send -d 1 -p 2")]
    [InlineData("{\"kind\":\"setPort\",\"DomId\":1,\"Port\":2,\"Masked\":true}", "poke -d 1 -p 2 --masked true")]
    [InlineData("{\"kind\":\"setVcpu\",\"DomId\":4,\"Vcpu\":0,\"PendingSelector\":1,\"UpcallPending\":true}",
        "poke -d 4 --vcpu 0 --selector 1 --upcall-pending true")]
    [InlineData("{\"kind\":\"setField\",\"DomId\":1,\"Field\":\"arch.max_pfn\",\"Value\":128}",
        "poke -d 1 --field arch.max_pfn --value 0x80")]
    [InlineData("{\"kind\":\"setWallClock\",\"DomId\":1,\"Time\":\"2030-01-02T03:04:05Z\"}",
        "poke -d 1 --wall-clock 2030-01-02T03:04:05Z")]
    [InlineData("{\"kind\":\"repairPort\",\"DomId\":14,\"Port\":66,\"Unmask\":true}", "poke -d 14 -p 66 --repair --unmask")]
    [InlineData("{\"kind\":\"setPort\",\"DomId\":1,\"Port\":66,\"Pending\":true}", "poke -d 1 -p 66 --pending true")]
    [InlineData("{\"kind\":\"setVcpu\",\"DomId\":1,\"Vcpu\":0,\"UpcallMask\":true,\"Force\":true}",
        "poke -d 1 --vcpu 0 --upcall-mask true --force")]
    public void ARequestDoesWhatTheOptionsDo(string request, string options)
    {
        var asked = CliProgram.RunWithInput(request + "\n", "poke", "--request=-", "-t", Host, "--yes");

        var expected = CliProgram.Run([.. options.Split(' '), "-t", Host, "--yes"]);
        Assert.Equal((expected.Status, expected.Output, expected.Error), (asked.Status, asked.Output, asked.Error));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("send -d 1 -p 2\n")]
    [InlineData("{\"kind\":\"reboot\",\"DomId\":1}\n")]
    [InlineData("{\"DomId\":1,\"Port\":2}\n{\"kind\":\"sendEvent\",\"DomId\":1,\"Port\":2}\n")]
    public void WhatIsNoRequestIsNotDone(string input)
    {
        var result = CliProgram.RunWithInput(input, "poke", "--request=-", "-t", Host, "--yes");

        Assert.Equal((5, ""), (result.Status, result.Output));
        Assert.Equal("xenshared: Standard input does not contain a request; give a line of JSON with its kind.\n", result.Error);
    }

    [Theory]
    [InlineData(5, "poke", "-d", "1", "-p", "66", "--pending", "true", "--yes", "-t", Host)]
    [InlineData(5, "send", "-d", "1", "-p", "3", "--yes", "-t", Host)]
    [InlineData(1, "send", "-d", "99", "-p", "3", "--yes", "-t", Host)]
    [InlineData(2, "poke", "-d", "1", "--yes")]
    [InlineData(2, "poke", "-d", "1", "-p", "1", "--yes")]
    [InlineData(2, "poke", "-d", "1", "--field", "x", "--yes")]
    [InlineData(2, "poke", "-d", "1", "--field", "arch.max_pfn", "--value", "many", "--yes")]
    [InlineData(2, "poke", "-d", "1", "-p", "1", "--vcpu", "0", "--masked", "true")]
    [InlineData(2, "send", "-d", "1")]
    [InlineData(2, "poke", "-p", "1", "--masked", "true", "--yes", "-t", Host)]
    [InlineData(2, "domains", "-t", "simulated:many")]
    [InlineData(2, "domains", "-t", "simulated:1:2:3")]
    [InlineData(2, "domains", "-t", "simulated:")]
    [InlineData(2, "domains", "-t", "ssh://far:x")]
    [InlineData(2, "domains", "-t", "")]
    [InlineData(2, "metrics", "-o", "", "-t", Host)]
    [InlineData(2, "poke", "-d", "1", "-p", "1", "--masked", "maybe")]
    [InlineData(2, "poke", "-d", "1", "-p", "1", "--masked", "true", "--unmask")]
    [InlineData(2, "poke", "-d", "1", "-p", "1", "--masked", "true", "--repair")]
    [InlineData(2, "poke", "-d", "1", "-p", "1", "--masked", "true", "--patience", "3")]
    [InlineData(2, "poke", "-d", "1", "--vcpu", "0", "--upcall-mask", "true", "--masked", "true")]
    [InlineData(2, "poke", "-d", "1", "-p", "1", "--masked", "true", "--selector", "1")]
    [InlineData(2, "poke", "-d", "1", "--undo", "-")]
    [InlineData(2, "poke", "-d", "1", "--request", "-")]
    [InlineData(2, "poke", "--undo", "-", "--request", "-")]
    [InlineData(2, "poke", "--request", "-", "--masked", "true")]
    [InlineData(2, "poke", "-d", "1", "--wall-clock", "soon")]
    [InlineData(2, "poke", "-d", "1", "--vcpu", "-1", "--upcall-mask", "true")]
    [InlineData(2, "info", "--layout", "7")]
    [InlineData(2, "capture", "-", "--only", "Pages,64")]
    [InlineData(2, "faults", "--severity", "99")]
    [InlineData(2, "channels", "--state", "Ipi", "-1")]
    [InlineData(2, "vcpus", "--sample", "1e999")]
    public void WhatCannotBeDoneHasAStatusAndASentence(int status, params string[] arguments)
    {
        var result = CliProgram.Run(arguments);

        Assert.Equal((status, ""), (result.Status, result.Output));
        Assert.NotEmpty(result.Error);
    }

    [Fact]
    public void ARefusalNamesTheOptionThatOverridesIt()
    {
        var refused = CliProgram.Run("poke", "-d", "1", "-p", "66", "--pending", "true", "--yes", "-t", Host);
        var forced = CliProgram.Run("poke", "-d", "1", "-p", "66", "--pending", "true", "--yes", "-t", Host, "--force");

        Assert.EndsWith(", or use --force.\n", refused.Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), (forced.Status, forced.Error));
    }

    [Fact]
    public void ASimulatedHostSupportsEveryQuery()
    {
        Assert.Equal(21, Lines(CliProgram.Run("domains", "-t", "simulated:20", "--json")));
        Assert.Contains(
            "\"HostName\":\"simulated\"",
            CliProgram.Run("domains", "-t", "simulated", "--json").Output,
            StringComparison.Ordinal);
        Assert.True(Lines(CliProgram.Run("channels", "-t", "simulated", "--pending", "--json")) > 0);
    }

    private static int Lines(CliResult result) => result.Output.Count(letter => letter == '\n');
}
