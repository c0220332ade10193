using System.Text.Json;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Versions;

/// <summary>Checks that the same host gives the same results with every Xen from 4.8 to 4.23, each with its own libxenctrl.</summary>
public sealed class XenVersionTests : ExecutableTest
{
    public static TheoryData<int> Minors => new(8, 9, 10, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);

    [Theory, MemberData(nameof(Minors))]
    public void Domains_are_the_same_under_every_version(int minor)
    {
        var run = Executable.RunOn(FakeXenBuild.Directory(minor), StandardHost.Create(minor), "", "domains", "--json");

        run.AssertClean();
        Assert.Equal(0, run.ExitStatus);
        // Before 4.10 Xen does not report what distinguishes PVH from HVM.
        Assert.Equal(
            [
                "0 - PV Running 64 Fifo bf000 2 00:01:30 1073741824",
                "1 web one PV Blocked 64 TwoLevel bfc58 2 00:00:01.5000000 134217728",
                "2 old PV Paused 32 TwoLevel bf777 1 00:00:00 67108864",
                $"5 db {(minor < 10 ? "-" : "PVH")} Blocked 64 Fifo 10 1 00:00:00 134217728",
                $"7 win {(minor < 10 ? "-" : "HVM")} Running 32 Unknown fdfff 1 00:00:00 201326592",
                $"9 new {(minor < 10 ? "-" : "HVM")} Paused - Unknown - 0 00:00:00 4194304",
            ],
            run.Objects.Select(Domain));
        Assert.Equal("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", run.Objects[1].GetProperty("Uuid").GetString());
    }

    [Theory, MemberData(nameof(Minors))]
    public void Channels_are_the_same_under_every_version(int minor)
    {
        var run = Executable.RunOn(FakeXenBuild.Directory(minor), StandardHost.Create(minor), "", "channels", "--json");

        run.AssertClean();
        Assert.Equal(0, run.ExitStatus);
        // What Xen consumes is refused from 4.15 to 4.18, and looks unbound otherwise.
        var consumed = minor is >= 15 and <= 18 ? "-" : "Unbound";
        Assert.Equal(
            [
                "0:1 VirtualIrq - -", "0:2 Ipi - -", "0:20 Interdomain - -", "0:21 Interdomain - -",
                "1:1 Interdomain False False xenstore", "1:2 Interdomain False False console", "1:3 VirtualIrq True False",
                "1:4 Ipi False True", "1:5 Unbound False False vif0 queue 0 tx", "1:6 PhysicalIrq False True",
                "2:1 Interdomain False False", "2:2 VirtualIrq True False",
                "5:1 Interdomain - -", "5:2 VirtualIrq - -", "5:3 Ipi - -",
                "7:1 Interdomain - -", $"7:3 {consumed} - -", $"7:4 {consumed} - -",
            ],
            run.Objects.Select(Channel));
        // One warning for each domain whose state is not known, and no error.
        Assert.Equal(3, run.Errors.Count);
        Assert.All(run.Errors, line => Assert.StartsWith("warning: ", line, StringComparison.Ordinal));
        Assert.Equal(6, run.Calls("multicall"));
        Assert.Equal(0, run.Calls("xc_evtchn_status"));
    }

    [Theory]
    [InlineData(13, 14, XenErrorId.XenInterfaceMismatch)]
    [InlineData(19, 20, XenErrorId.XenAccessDenied)]
    [InlineData(21, 20, XenErrorId.XenInterfaceMismatch)]
    [InlineData(22, 23, XenErrorId.XenAccessDenied)]
    [InlineData(23, 24, XenErrorId.XenInterfaceMismatch)]
    public void A_refusal_by_the_policy_is_not_taken_for_another_version(int library, int hypervisor, XenErrorId expected)
    {
        var host = StandardHost.Create(hypervisor).Line($"fail xc_domain_getinfolist 13");

        var run = Executable.RunOn(FakeXenBuild.Directory(library), host, "", "domains", "--json");

        var said = expected == XenErrorId.XenAccessDenied ? "security policy" : $"libxenctrl.so.4.{library}";
        Assert.Contains(said, Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    private static string Domain(JsonElement domain) =>
        string.Join(
            ' ',
            Text(domain, "DomId"),
            Text(domain, "Name"),
            Text(domain, "Type"),
            Text(domain, "State"),
            Text(domain, "Width"),
            Text(domain, "EventAbi"),
            domain.GetProperty("SharedInfoFrame") is { ValueKind: JsonValueKind.Number } frame ? $"{frame.GetUInt64():x}" : "-",
            Text(domain, "VcpuCount"),
            Text(domain, "CpuTime"),
            Text(domain, "MemoryBytes"));

    private static string Channel(JsonElement channel)
    {
        var device = Text(channel, "Device");
        var state = $"{Text(channel, "State")} {Text(channel, "Pending")} {Text(channel, "Masked")}";
        return $"{Text(channel, "DomId")}:{Text(channel, "Port")} {state}{(device == "-" ? "" : $" {device}")}";
    }

    private static string Text(JsonElement element, string property) =>
        element.GetProperty(property) is { ValueKind: not JsonValueKind.Null } value ? value.ToString() : "-";
}
