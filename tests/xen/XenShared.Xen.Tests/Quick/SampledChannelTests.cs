using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Compares many samples of the channels of running guests with debug key 'e', pressed before and after each sample.</summary>
public sealed class SampledChannelTests(QuickBed bed) : QuickTest(bed)
{
    private const int Samples = 200;
    private const int RunningSamples = 15;
    private const string ManyPorts = "pv-fifo-ports";
    private const int UnknownToTheGuest = 1100;
    private const int Bound = 8;

    [Fact]
    public async Task No_sample_of_guests_at_200_moments_disagrees_with_Xen()
    {
        var (guests, samples) = await TakeAsync("paused", Samples);

        // A bit that Xen printed equally before and after is taken to be unchanged in between.
        Assert.Empty(samples.SelectMany(sample => sample.Disagreements()));
        Assert.All(samples.SelectMany(sample => sample.Channels), channel => Assert.NotNull(channel.Pending));
        Assert.All(guests, domId =>
        {
            var channels = samples.Sum(sample => sample.Channels.Count(channel => channel.DomId == domId));
            var settled = samples.Sum(sample => sample.Settled().Count(pair => pair.Ours.DomId == domId));
            Assert.True(settled * 10 > channels * 9, $"only {settled} of {channels} values of domain {domId} were settled");
        });
    }

    [Fact]
    public async Task In_running_guests_no_channel_often_differs_from_Xens_view()
    {
        var (guests, samples) = await TakeAsync("running", RunningSamples);

        // An event can arrive and be handled between Xen's output and our read, so a single difference proves nothing. Two kinds of ports
        // differ often on a busy machine, and are compared in paused guests only: ports that changed in Xen's own output, and those of
        // timers and IPIs. No guest runs while Xen prints on the only processor. So a timer that expires in that time is pending in each of
        // our reads, but in none of Xen's outputs. If the other ports were read at a wrong place in memory, they would differ repeatedly.
        var uncertain = samples.SelectMany(sample => sample.SeenByXen())
            .Distinct()
            .GroupBy(seen => (seen.DomId, seen.Port))
            .Where(port => port.Count() > 1)
            .Select(port => port.Key)
            .ToHashSet();
        uncertain.UnionWith(samples
            .SelectMany(sample => sample.Channels)
            .Where(channel => channel.Virq is VirtualIrq.Timer || channel.State is ChannelState.Ipi)
            .Select(channel => (channel.DomId, channel.Port)));
        var disagreements = samples.SelectMany(sample => sample.Disagreements()).GroupBy(entry => (entry.DomId, entry.Port));
        Assert.All(disagreements.Where(port => !uncertain.Contains(port.Key)), port =>
            Assert.True(
                port.Count() * 3 < RunningSamples,
                $"{port.Key}: {port.Count()} of {RunningSamples} samples, the first {port.First().Text}"));
        Assert.All(guests, domId =>
        {
            var compared = samples.SelectMany(sample => sample.Settled())
                .Select(pair => (pair.Ours.DomId, pair.Ours.Port))
                .Distinct()
                .Count(port => port.DomId == domId && !uncertain.Contains(port));
            Assert.True(compared >= 2, $"only {compared} ports of domain {domId} were compared");
        });
    }

    [Fact]
    public Task Ports_beyond_the_first_page_of_the_array_are_known() => AssertManyPortsAsync(samples: 10);

    [Fact]
    [Trait("Tier", "Full")]
    public Task Ports_beyond_the_first_page_of_the_array_are_known_at_200_moments() => AssertManyPortsAsync(Samples);

    private async Task AssertManyPortsAsync(int samples)
    {
        var dom0 = await Bed.RequireAsync();
        await dom0.ReadAsync($"GUEST_WAIT=900 start-guests {ManyPorts}", TimeSpan.FromMinutes(20));
        try
        {
            var domId = (await dom0.DomainsAsync())[ManyPorts];
            var last = uint.Parse(
                await dom0.OracleAsync($"unbound_ports {domId} {UnknownToTheGuest}"),
                System.Globalization.CultureInfo.InvariantCulture);
            await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {ManyPorts} 'run bind-ports {Bound} &'; sleep 2");

            var taken = await ChannelSample.TakeAsync(dom0, "paused", samples, domId);

            Assert.True(last > 1023, $"its last port is {last}");
            Assert.Equal(samples, taken.Count);
            Assert.Empty(taken.SelectMany(sample => sample.Disagreements()));
            Assert.All(taken, sample =>
            {
                Assert.True(sample.Channels.Count > UnknownToTheGuest + Bound, $"{sample.Channels.Count} channels");
                Assert.All(sample.Channels, channel => Assert.NotNull(channel.Masked));
                Assert.Equal(Bound, sample.Channels.Count(channel => channel.Port > last && channel.Masked == false));
            });
            await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {ManyPorts}");
        }
        finally
        {
            await dom0.RunAsync($"xl destroy {ManyPorts}");
        }
    }

    private async Task<(ushort[] Guests, IReadOnlyList<ChannelSample> Samples)> TakeAsync(string how, int count)
    {
        var dom0 = await Bed.RequireAsync();
        var numbers = await dom0.DomainsAsync();
        var guests = Guest.Quick.Select(guest => numbers[guest.Name]).ToArray();
        var samples = await ChannelSample.TakeAsync(dom0, how, count, guests);
        Assert.Equal(count, samples.Count);
        return (guests, samples);
    }
}
