using System.Globalization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Tests where the events of real guests stop: nowhere while the guests are healthy, and at each link that a test closes.
/// </summary>
[Collection(PokedCollection.Name)]
public sealed class PathTests(PokedBed bed) : QuickTest(bed)
{
    private const string Spinner = "spinner";

    /// <summary>Gets a guest of each kind that runs Linux.</summary>
    public static TheoryData<string> LinuxNames { get; } =
    [.. Guest.Quick.Where(guest => guest.Name != Guest.Grub).Select(guest => guest.Name)];

    [Theory]
    [MemberData(nameof(LinuxNames))]
    public async Task The_console_of_a_healthy_guest_is_open(string name)
    {
        var dom0 = await Bed.RequireAsync();
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name} && {Guest.Settle}");

        var path = await TestConsoleAsync(dom0, name);

        Assert.True(path.Verdict is EventPathVerdict.Quiet or EventPathVerdict.Passing, path.Evidence);
        Assert.True(path.StopsAt is null, path.Evidence);
        // The domains share one emulated processor, so a read can find a guest interrupted in its own interrupt handler, three times too.
        var steps = path.Step.Where(step =>
            step is not { Link: EventPathLink.Interrupts, State: EventLinkState.Unknown }
            || !step.Evidence.EndsWith("looks the same", StringComparison.Ordinal));
        Assert.Empty(steps.Where(step => step.State is EventLinkState.Unknown or EventLinkState.Stops).Select(step => $"{step}"));
    }

    [Theory]
    [InlineData(Guest.PvhFifo)]
    [InlineData(Guest.WithDevices)]
    public async Task An_event_of_a_masked_console_stops_at_the_mask(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        var port = await ConsolePortAsync(dom0, domId);
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name} && {Guest.Settle}");
        (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --masked true")).Succeeded();
        try
        {
            await dom0.RunAsync($"GUEST_WAIT=1 guest-echo {name}");

            var path = await TestConsoleAsync(dom0, name);

            Assert.True(path.StopsAt == EventPathLink.Mask, path.Evidence);
            Assert.Contains($"xenshared poke -d {domId} -p {port} --repair --unmask", path.Advice, StringComparison.Ordinal);
        }
        finally
        {
            (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --repair --unmask")).Succeeded();
        }
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
    }

    [Theory]
    [InlineData(Guest.PvhFifo)]
    [InlineData(Guest.TwoVcpus)]
    public async Task The_events_of_a_paused_guest_stop_at_the_domain(string name)
    {
        var dom0 = await Bed.RequireAsync();
        await dom0.ReadAsync($"xl pause {name}");
        try
        {
            var path = await TestConsoleAsync(dom0, name);

            Assert.True(path.StopsAt == EventPathLink.Domain, path.Evidence);
        }
        finally
        {
            await dom0.RunAsync($"xl unpause {name}");
        }
    }

    // xenstore and the console have the same priority, and Xen adds an event at the end of a queue. A paused guest handles none of them.
    [Theory]
    [InlineData("pv-fifo")]
    [InlineData(Guest.PvhFifo)]
    public async Task The_events_of_a_paused_guest_have_places_in_their_queue(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        uint[] ports =
        [
            uint.Parse(await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/store/port"), CultureInfo.InvariantCulture),
            await ConsolePortAsync(dom0, domId),
        ];
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name} && {Guest.Settle} && xl pause {name}");
        try
        {
            foreach (var port in ports) (await dom0.XenSharedAsync($"send --yes --domid {domId} --port {port}")).Succeeded();

            var paths = Answers<XenEventPath>.Parse(await dom0.XenSharedAsync($"path --json --domid {domId} --port {ports[0]} {ports[1]}"));

            Assert.Equal(
                ((int[])[1, 2]).Select(place => $"event {place} of 2 in the queue of priority 7 of vCPU 0, which is ready"),
                paths.Objects.OrderBy(path => Array.IndexOf(ports, path.Port))
                    .Select(path => path.Step.Single(step => step.Link == EventPathLink.Queue).Evidence));
        }
        finally
        {
            await dom0.RunAsync($"xl unpause {name}");
        }
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
    }

    // What its kernel would do in an endless loop. The records are located before, because a record is recognized by its changes.
    [Theory]
    [Trait("Tier", "Full")]
    [InlineData("pv-fifo", "pv", "evtchn_upcall_mask is 1", "its event callback", "UpcallMasked")]
    [InlineData("pvh-2l", "hvm", "RFLAGS.IF is 0", "the vCPU spins at 0x", "InterruptsOff")]
    public async Task The_events_of_a_guest_that_spins_with_interrupts_off_stop_there(
        string kind,
        string way,
        string flag,
        string place,
        string rule)
    {
        var dom0 = await Bed.RequireAsync();
        await StartSpinnerAsync(dom0, kind);
        try
        {
            var domId = (await dom0.DomainsAsync())[Spinner];
            (await dom0.XenSharedAsync($"vcpus --json --sample 40 --domid {domId}")).Succeeded();
            await dom0.ReadAsync($"/in/oracle/spin {domId} {way}");
            await dom0.RunAsync($"GUEST_WAIT=1 guest-echo {Spinner}");

            var path = await TestConsoleAsync(dom0, Spinner);

            Assert.True(path.StopsAt == EventPathLink.Interrupts, path.Evidence);
            Assert.Contains(flag, path.Evidence, StringComparison.Ordinal);
            Assert.Contains(place, path.Evidence, StringComparison.Ordinal);
            Assert.Contains(", also in 20 further reads", path.Evidence, StringComparison.Ordinal);
            // Only a FIFO guest has queues. The console's event waits in one, and its control block is proved.
            Assert.Matches(
                kind == "pv-fifo"
                    ? "^event [0-9]+ of [0-9]+ in the queue of priority [0-9]+ of vCPU 0, which is ready$"
                    : "^the bit of its word is set in the selector$",
                path.Step.Single(step => step.Link == EventPathLink.Queue).Evidence);
            var faults = (await dom0.XenSharedAsync($"faults --json --domid {domId}")).Text;
            Assert.Contains($"\"Rule\":\"{rule}\",\"Severity\":\"Critical\"", faults, StringComparison.Ordinal);
        }
        finally
        {
            await dom0.RunAsync($"xl destroy {Spinner}");
        }
    }

    [Fact]
    [Trait("Tier", "Full")]
    public async Task The_events_of_a_guest_before_its_boot_and_after_its_crash_stop()
    {
        var dom0 = await Bed.RequireAsync();
        await StartSpinnerAsync(dom0, "pvh-2l");
        try
        {
            await dom0.RunAsync($"GUEST_WAIT=1 guest-echo {Spinner} 'run echo c >/proc/sysrq-trigger'");
            await dom0.ReadAsync($"until xl list {Spinner} | grep -q 'c- '; do sleep 1; done");
            var crashed = await TestConsoleAsync(dom0, Spinner);
            await dom0.ReadAsync($"xl destroy {Spinner}; xl create -p /opt/rig/guests/{Spinner}.cfg");
            var created = await TestConsoleAsync(dom0, Spinner);

            Assert.True(crashed.StopsAt == EventPathLink.Domain, crashed.Evidence);
            Assert.Contains("has crashed", crashed.Evidence, StringComparison.Ordinal);
            Assert.Equal(EventLinkState.Stops, created.Step.Single(step => step.Link == EventPathLink.Callback).State);
            Assert.Equal(EventLinkState.Unknown, created.Step.Single(step => step.Link == EventPathLink.Pending).State);
        }
        finally
        {
            await dom0.RunAsync($"xl destroy {Spinner}");
        }
    }

    // The console log of an earlier guest of this name contains that it is up.
    private static Task<string> StartSpinnerAsync(Dom0 dom0, string kind) =>
        dom0.ReadAsync(
            $"""
            rm -f /var/log/xen/console/guest-{Spinner}.log
            sed 's/^name=.*/name="{Spinner}"/' /opt/rig/guests/{kind}.cfg >/opt/rig/guests/{Spinner}.cfg
            GUEST_WAIT=900 start-guests {Spinner}
            """,
            TimeSpan.FromMinutes(20));

    private static async Task<XenEventPath> TestConsoleAsync(Dom0 dom0, string name)
    {
        var domId = (await dom0.DomainsAsync())[name];
        var port = await ConsolePortAsync(dom0, domId);
        var paths = Answers<XenEventPath>.Parse(await dom0.XenSharedAsync($"path --json --domid {domId} --port {port}"));
        var path = Assert.Single(paths.Objects);
        Assert.Equal((domId, port), (path.DomId, path.Port));
        return path;
    }

    private static async Task<uint> ConsolePortAsync(Dom0 dom0, ushort domId) =>
        uint.Parse(await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/console/port"), CultureInfo.InvariantCulture);
}
