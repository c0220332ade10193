using System.Globalization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Tests searching guest memory: its effect on the guests, and the effect of guests that imitate records or end during the search.
/// </summary>
public sealed class LocatorTests(QuickBed bed) : QuickTest(bed)
{
    private const int Scans = 5;
    private const string Victim = "searched";

    [Theory]
    [InlineData("pv-fifo", Scans)]
    [InlineData(Guest.PvhFifo, Scans)]
    public Task Searching_again_and_again_finds_the_same_and_the_guest_runs_on(string name, int scans) => AssertSearchedAsync(name, scans);

    [Theory]
    [Trait("Tier", "Full")]
    [InlineData("pv-fifo", 900)]
    [InlineData(Guest.PvhFifo, 100)]
    public Task A_thousand_searches_find_the_same_and_the_guest_runs_on(string name, int scans) => AssertSearchedAsync(name, scans);

    [Fact]
    public async Task A_guest_that_is_destroyed_while_it_is_searched_is_gone_for_good()
    {
        var dom0 = await Bed.RequireAsync();
        var before = await dom0.DomainsAsync();
        await StartAsync(dom0, "pvh-fifo");
        var domId = (await dom0.DomainsAsync())[Victim];

        var output = await dom0.ReadAsync($$"""
            /in/bin/sampler scan 100000 {{domId}} >/run/scan.txt 2>&1 & scan=$!
            until grep -qs searching /run/scan.txt; do sleep 0.2; done
            xl destroy {{domId}}
            for try in $(seq 60); do [ $(xl list | wc -l) = {{before.Count + 1}} ] && break; sleep 0.5; done
            xl list
            kill $scan; wait $scan || true
            """);

        Assert.DoesNotContain("(null)", output, StringComparison.Ordinal);
        Assert.Equal(before.Keys.Order(), (await dom0.DomainsAsync()).Keys.Order());
    }

    [Fact]
    public async Task A_guest_that_imitates_what_is_looked_for_does_not_deceive()
    {
        var dom0 = await Bed.RequireAsync();
        await StartAsync(dom0, "pv-fifo");
        try
        {
            var domId = (await dom0.DomainsAsync())[Victim];
            await RunInGuestAsync(dom0, "decoys");

            // Its record is recognized by its changes. Its channels are compared while it is paused, because an event of a running guest
            // can arrive and be handled between two reads.
            var vcpu = Assert.Single(
                Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync($"vcpus --json --sample 20 --domid {domId}")).Objects);
            await dom0.ReadAsync($"xl pause {domId}");
            var view = await ChannelView.ObserveAsync(dom0, [domId], $"--domid {domId} --source GuestMemory");
            await dom0.ReadAsync($"xl unpause {domId}");

            Assert.Empty(view.Ours.Errors);
            Assert.Empty(view.Disagreements());
            Assert.All(view.InDomain(domId), channel => Assert.Equal(StateSource.GuestMemory, channel.Source));
            Assert.True(vcpu.IsLive, vcpu.LiveEvidence);
            Assert.Equal(StateSource.GuestMemory, vcpu.Source);

            // A twin of the array cannot be distinguished from it, so nothing is located.
            await dom0.ReadAsync("rm -f /run/xenshared/*");
            var unmasked = view.InDomain(domId)
                .Where(channel => channel.Masked == false)
                .Select(channel => channel.Port.ToString(CultureInfo.InvariantCulture));
            await RunInGuestAsync(dom0, $"decoys {string.Join(' ', unmasked)}");
            var deceived = Answers<XenEventChannel>.Parse(
                await dom0.XenSharedAsync($"channels --json --source GuestMemory --domid {domId}"),
                failureAllowed: true);

            Assert.Equal(5, deceived.ExitCode);
            Assert.Contains("nothing shows which of them", Assert.Single(deceived.Errors), StringComparison.Ordinal);
            Assert.All(deceived.Objects, channel => Assert.Null(channel.Pending));
        }
        finally
        {
            await dom0.RunAsync($"xl destroy {Victim}; rm -f /run/xenshared/*");
        }
    }

    private async Task AssertSearchedAsync(string name, int scans)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];

        var results = (await dom0.ReadAsync($"/in/bin/sampler scan {scans} {domId}", TimeSpan.FromHours(1)))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1);

        Assert.StartsWith($"{scans} found at PFN ", Assert.Single(results), StringComparison.Ordinal);
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
    }

    private static Task<string> StartAsync(Dom0 dom0, string like) =>
        dom0.ReadAsync(
            $"rm -f /var/log/xen/console/guest-{Victim}.log; sed 's/^name=.*/name=\"{Victim}\"/' /opt/rig/guests/{like}.cfg "
                + $">/opt/rig/guests/{Victim}.cfg; GUEST_WAIT=900 start-guests {Victim}",
            TimeSpan.FromMinutes(20));

    private static Task<string> RunInGuestAsync(Dom0 dom0, string command) => dom0.ReadAsync($"""
        log=/var/log/xen/console/guest-{Victim}.log; before=$(stat -c %s $log)
        GUEST_WAIT=120 guest-echo {Victim} 'run killall decoys; {command} &'
        for try in $(seq 120); do tail -c +$before $log | grep -q 'decoys ready' && exit; sleep 0.5; done; exit 1
        """);
}
