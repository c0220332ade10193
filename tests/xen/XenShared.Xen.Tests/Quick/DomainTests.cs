using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Compares <c>xenshared domains</c> with the guests that were booted, and with Xen's own views.</summary>
public sealed class DomainTests(QuickBed bed) : QuickTest(bed)
{
    [Fact]
    public async Task All_domains_are_listed_lowest_number_first_under_the_numbers_of_xl()
    {
        var host = await Bed.RunningAsync();

        Assert.Equal(
            host.Numbers.OrderBy(pair => pair.Value).Select(pair => (pair.Value, (string?)pair.Key)),
            host.Domains.Objects.Select(domain => (domain.DomId, domain.Name)));
        Assert.Empty(host.Domains.Errors);
        Assert.Equal(0, host.Domains.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Guest.Names), MemberType = typeof(Guest))]
    public async Task A_domain_is_what_was_booted(string name)
    {
        var host = await Bed.RunningAsync();
        var expected = Guest.Named(name);

        var domain = host.Domain(name);

        Assert.Equal(expected.Type, domain.Type);
        Assert.Equal(64, domain.Width);
        if (expected.Vcpus > 0) Assert.Equal(expected.Vcpus, domain.VcpuCount);
        Assert.Contains(domain.State!.Value, new[] { DomainState.Running, DomainState.Blocked, DomainState.Runnable });
        Assert.True(domain.CpuTime > TimeSpan.Zero);
        Assert.True(domain.MemoryBytes >= 40 << 20, $"{domain.MemoryBytes} bytes");
    }

    [Theory]
    [MemberData(nameof(Guest.Names), MemberType = typeof(Guest))]
    public async Task The_event_ABI_is_that_of_debug_key_e(string name)
    {
        var host = await Bed.RunningAsync();

        var domain = host.Domain(name);

        Assert.Equal(host.Channels.KeyAfter.Abi(domain.DomId), domain.EventAbi);
        Assert.Equal(Guest.Named(name).Abi, domain.EventAbi);
        Assert.NotEqual("", domain.AbiEvidence);
    }

    [Theory]
    [MemberData(nameof(Guest.Names), MemberType = typeof(Guest))]
    public async Task The_page_is_at_the_frame_that_the_headers_oracle_maps(string name)
    {
        var paused = await Bed.PausedAsync();
        var domId = paused.Numbers[name];

        var frame = paused.Domains.Objects.Single(domain => domain.DomId == domId).SharedInfoFrame;

        Assert.Equal(paused.HeadersAfter[domId].Frame, frame);
        Assert.Equal(frame, paused.Page(name).Frame);
        if (Guest.Named(name).Type == DomainType.PVH) Assert.Equal(Suite.Current.PvhFrame, frame);
    }

    [Fact]
    public async Task Paused_guests_are_paused()
    {
        var paused = await Bed.PausedAsync();

        Assert.All(Guest.Quick, guest =>
            Assert.Equal(DomainState.Paused, paused.Domains.Objects.Single(domain => domain.DomId == paused.Numbers[guest.Name]).State));
    }
}
