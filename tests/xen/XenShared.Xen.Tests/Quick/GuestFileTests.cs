using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Compares the files that the real tools write of a guest, with all of its memory, with the guest itself at that moment.
/// </summary>
public sealed class GuestFileTests(QuickBed bed) : QuickTest(bed)
{
    private const string File = "/run/guest-file";
    private const string TwoLevelPvh = "pvh-2l";

    // xl dump-core queries each of the million frame numbers below a PVH guest's highest, which takes minutes here. Both tools leave the
    // guest paused in the state of the file.
    private static readonly Dictionary<string, string> s_tools = new()
    {
        ["core"] = $"xl pause {{0}} && xl dump-core {{0}} {File}",
        ["save"] = $"xl save -p {{0}} {File}",
    };

    public static TheoryData<string, string> Files { get; } =
        new(
            new[] { "pv-fifo", Guest.TwoVcpus, Guest.PvhFifo, TwoLevelPvh }.SelectMany(name =>
                s_tools
                    .Keys.Where(tool => name != TwoLevelPvh || tool != "core")
                    .Select(tool => new TheoryDataRow<string, string>(name, tool))));

    [Theory]
    [Trait("Tier", "Full")]
    [MemberData(nameof(Files))]
    public async Task A_file_shows_what_the_guest_itself_does(string name, string tool)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        // Records are recognized by their changes, so they are located while the guest runs.
        (await dom0.XenSharedAsync($"vcpus --json --sample 40 --domid {domId}")).Succeeded();
        try
        {
            await dom0.ReadAsync(string.Format(null, s_tools[tool], domId), TimeSpan.FromMinutes(30));

            var vcpus = await ReadAsync<XenVcpuInfo>(dom0, $"vcpus --json --domid {domId}");
            var inFile = await ReadAsync<XenVcpuInfo>(dom0, $"vcpus --json --target {File}");
            Assert.Equal(Guest.Named(name).Vcpus, vcpus.Count);
            Assert.All(vcpus, vcpu => Assert.Equal(StateSource.GuestMemory, vcpu.Source));
            Assert.Equal(
                vcpus.Select(vcpu => (vcpu.Vcpu, vcpu.Location, vcpu.Time, vcpu.UpcallPending, vcpu.UpcallMask)),
                inFile.Select(vcpu => (vcpu.Vcpu, vcpu.Location, vcpu.Time, vcpu.UpcallPending, vcpu.UpcallMask)));
            Assert.All(inFile.Zip(vcpus), pair =>
                Assert.True(pair.First.PendingSelector is null || pair.First.PendingSelector == pair.Second.PendingSelector));

            var channels = (await ReadAsync<XenEventChannel>(dom0, $"channels --json --domid {domId}"))
                .Where(channel => channel.Pending == true || channel.Masked == false)
                .ToArray();
            // The timer of a paused guest expires nevertheless, after the file was written.
            var timers = channels.Where(channel => channel.Virq == VirtualIrq.Timer).Select(channel => channel.Port).ToHashSet();
            var inFileToo = await ReadAsync<XenEventChannel>(dom0, $"channels --json --target {File}");
            // Two-level channels are in the page, which xl save leaves out of a PVH guest.
            if (name == TwoLevelPvh) Assert.Empty(inFileToo);
            else Assert.Equal(channels.Select(channel => State(channel, timers)), inFileToo.Select(channel => State(channel, timers)));
        }
        finally
        {
            await dom0.RunAsync($"rm -f {File}; xl unpause {domId}");
        }
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
    }

    private static (uint Port, bool? Pending, bool? Masked) State(XenEventChannel channel, HashSet<uint> timers) =>
        (channel.Port, timers.Contains(channel.Port) ? null : channel.Pending, channel.Masked);

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(Dom0 dom0, string arguments) =>
        Answers<T>.Parse(await dom0.XenSharedAsync(arguments)).Objects;
}
