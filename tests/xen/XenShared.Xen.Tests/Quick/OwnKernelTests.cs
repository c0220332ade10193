using System.Globalization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Compares dom0's own channels, read in its kernel, with debug key 'e', for ports that the tests keep idle, masked and pending.
/// </summary>
public sealed class OwnKernelTests(QuickBed bed) : QuickTest(bed)
{
    private const int Samples = 20;
    private const int Pairs = 30;
    private const string Stop = "/run/own-ports-stop";

    [Fact]
    public async Task Every_state_is_as_Xen_has_it_each_time()
    {
        var dom0 = await Bed.RequireAsync();
        await dom0.ReadAsync(
            $"rm -f {Stop}; (/in/oracle/own_ports {Pairs} {Stop} >/run/own-ports 2>&1 </dev/null &); "
                + $"for try in $(seq 100); do [ \"$(wc -l </run/own-ports)\" = {Pairs} ] && break; sleep 0.2; done");
        try
        {
            var states = (await dom0.ReadAsync("cat /run/own-ports"))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' '))
                .ToDictionary(words => uint.Parse(words[0], CultureInfo.InvariantCulture), words => words[1]);

            var samples = await ChannelSample.TakeAsync(dom0, "running", Samples, 0);

            Assert.Equal(Samples, samples.Count);
            Assert.All(samples.SelectMany(sample => sample.Channels), channel => Assert.Equal(StateSource.Kernel, channel.Source));
            foreach (var sample in samples)
            {
                // Nothing uses these ports, so Xen's view does not change and the result must be the same.
                var ours = sample.Settled().Where(pair => states.ContainsKey(pair.Ours.Port)).ToArray();
                Assert.Equal(states.Count, ours.Length);
                Assert.All(ours, pair =>
                {
                    Assert.Equal((pair.Xen.Pending, pair.Xen.Masked), (pair.Ours.Pending, pair.Ours.Masked));
                    Assert.Equal(
                        states[pair.Ours.Port],
                        pair.Ours switch { { Pending: true } => "pending", { Masked: true } => "masked", _ => "idle" });
                });
            }
            // An event of another port can arrive and be handled between the reads, but not each time. IPIs of several vCPUs often do.
            Assert.All(samples.SelectMany(sample => sample.Disagreements()).GroupBy(entry => entry.Port), port =>
                Assert.True(port.Count() * 2 < Samples, $"port {port.Key}: {port.Count()} of {Samples}, the first {port.First().Text}"));
        }
        finally
        {
            await dom0.RunAsync($"touch {Stop}");
        }
    }

    [Fact]
    public async Task Where_the_kernel_hides_its_addresses_one_warning_says_so()
    {
        var dom0 = await Bed.RequireAsync();
        await dom0.ReadAsync("sysctl -q kernel.kptr_restrict=2");
        try
        {
            // Cached addresses of this boot would still be used.
            var channels = Answers<XenEventChannel>.Parse(
                await dom0.RunAsync("XENSHARED_RUNTIME_DIRECTORY= /in/bin/xenshared channels --json --domid 0"));

            Assert.Contains("kernel.kptr_restrict", Assert.Single(channels.Errors), StringComparison.Ordinal);
            Assert.All(channels.Objects, channel => Assert.Null(channel.Pending));
        }
        finally
        {
            await dom0.ReadAsync("sysctl -q kernel.kptr_restrict=0");
        }
    }
}
