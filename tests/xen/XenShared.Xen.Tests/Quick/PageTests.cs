using System.Text.Json;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Compares decoded pages with a C program that uses the structures of the public headers.</summary>
public sealed class PageTests(QuickBed bed) : QuickTest(bed)
{
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromSeconds(2);

    [Theory]
    [MemberData(nameof(Guest.Names), MemberType = typeof(Guest))]
    public async Task Every_field_of_a_running_domains_page_is_what_the_headers_make_of_the_same_bytes(string name)
    {
        var host = await Bed.RunningAsync();
        var page = host.Page(name);

        Assert.Empty(page.Unstable);
        Assert.Equal(GuestLayout.X86_64, page.Layout);
        Assert.Equal(4096, page.Bytes.Count);
        var ports = host.Channels.InDomain(page.DomId).Select(channel => channel.Port);
        Assert.Empty(PageComparison.Differences(page, host.PagesByHeaders[page.DomId], ports));
    }

    [Theory]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public async Task Every_field_of_a_paused_guests_page_is_what_the_headers_read_from_the_live_one(string name)
    {
        var paused = await Bed.PausedAsync();
        var page = paused.Page(name);
        var (before, after) = (paused.HeadersBefore[page.DomId], paused.HeadersAfter[page.DomId]);

        var ports = paused.Channels.InDomain(page.DomId).Select(channel => channel.Port).ToArray();

        // A timer may expire between the two reads. Nothing else changes.
        var moving = ports.Where(port => before.IsSet("evtchn_pending", port) != after.IsSet("evtchn_pending", port)).ToArray();
        Assert.All(PageComparison.Scalars(page).Keys, field => Assert.True(before.Agrees(after, field), field));
        Assert.Empty(PageComparison.Differences(page, after, ports, moving));
        Assert.NotNull(page.WallClock);
        Assert.All(page.Vcpu, vcpu => Assert.NotNull(vcpu.Time));
    }

    [Fact]
    public async Task Dom0s_own_page_is_read()
    {
        var paused = await Bed.PausedAsync();
        var page = paused.Page(Guest.ControlDomain);
        var (before, after) = (paused.HeadersBefore[0], paused.HeadersAfter[0]);
        var settled = PageComparison.Scalars(page).Where(field => before.Agrees(after, field.Key)).ToArray();

        Assert.Equal(page.Vcpu.Count * 10 + 10, PageComparison.Scalars(page).Count);
        Assert.True(settled.Length > 10, $"only {settled.Length} fields stood still");
        Assert.All(settled, field => Assert.Equal((field.Key, (decimal?)after[field.Key]), (field.Key, field.Value)));
    }

    [Theory]
    [MemberData(nameof(Guest.Names), MemberType = typeof(Guest))]
    public async Task The_wall_clock_and_the_time_since_Xens_start_make_the_time_of_day(string name)
    {
        var host = await Bed.RunningAsync();
        var clock = host.Page(name).WallClock!;

        var errors = host
            .StartTimes.Select(start => TimeSpan.FromSeconds((double)Math.Abs(clock.Seconds + clock.Nanoseconds / 1_000_000_000m - start)))
            .ToArray();

        Assert.True(errors.Min() < s_clockTolerance, $"off by {string.Join(", ", errors)}");
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds((long)clock.Seconds).AddTicks(clock.Nanoseconds / 100), clock.Time);
    }

    [Fact]
    public async Task Each_object_has_every_property_of_the_model()
    {
        var host = await Bed.RunningAsync();

        AssertProperties<XenDomain>(host.Domains.Text);
        AssertProperties<XenEventChannel>(host.Channels.Ours.Text);
        AssertProperties<XenSharedInfo>(host.Pages.Text);
        AssertProperties<XenVcpuInfo>(host.Vcpus.Text);
    }

    // A property that the program does not print would be read as null, which means unknown.
    private static void AssertProperties<T>(string lines)
    {
        var expected = typeof(T)
            .GetProperties()
            .Where(property => property.Name != "EqualityContract")
            .Select(property => property.Name)
            // Hidden, so that PowerShell does not print them with each page.
            .Concat(typeof(T) == typeof(XenSharedInfo) ? ["Bytes"] : [])
            .Order();
        Assert.All(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Equal(expected, JsonDocument.Parse(line).RootElement.EnumerateObject().Select(property => property.Name).Order()));
    }
}
