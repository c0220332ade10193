using System.Globalization;
using XenShared.Files.DebugKeys;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Tests sending debug key <c>e</c> and reading its output from Xen's console ring.</summary>
public sealed class ConsoleTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string KeyCall = "xc_send_debug_keys";
    private const string ReadCall = "xc_readconsolering";

    private static readonly string[] s_dump =
    [
        "(XEN) 'e' pressed -> dumping event-channel info",
        "(XEN) Event channel information for domain 0:", "(XEN) Polling vCPUs: {}", "(XEN)     port [p/m/s]",
        "(XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0", "(XEN)        2 [1/0/  0   ]: s=6 n=1 x=0",
        "(XEN) Event channel information for domain 1:", "(XEN) Polling vCPUs: {}", "(XEN)     port [p/m/s]",
        "(XEN)        3 [1/0/1]: s=5 n=0 x=0 v=0",
    ];

    private static readonly string s_text = string.Concat(s_dump.Select(line => line + "\n"));

    /// <summary>Gets each call with each errno, at its first use and later.</summary>
    public static TheoryData<string, int, int, XenErrorId> Errors
    {
        get
        {
            var data = new TheoryData<string, int, int, XenErrorId>();
            foreach (var (call, after) in new[] { (KeyCall, 0), (ReadCall, 0), (ReadCall, 1), (ReadCall, 2), (ReadCall, 3) })
            {
                foreach (var errno in Errnos.All)
                    data.Add(
                        call,
                        after,
                        errno,
                        errno is Errno.EPERM or Errno.EACCES ? XenErrorId.XenAccessDenied : XenErrorId.NotSupportedByHost);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Errors))]
    public void A_failed_call_is_an_error_with_its_reason(string call, int afterCalls, int errno, XenErrorId id)
    {
        var error = Look(
            Host("(XEN) from before"),
            xen => xen.Fail(call, errno, afterCalls),
            target => Assert.Throws<XenException>(target.DumpEventChannels));

        XenErrorAssert.Is(error, id, call, errno);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(22)]
    public void A_library_of_another_version_is_named(int hypervisor)
    {
        var error = Look(StandardHost.Create(hypervisor), target => Assert.Throws<XenException>(target.DumpEventChannels));

        XenErrorAssert.Is(error, XenErrorId.XenInterfaceMismatch, ReadCall, Errno.EACCES);
        Assert.Contains("libxenctrl.so.4.17", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Xen.Calls(KeyCall));
    }

    [Fact]
    public void What_Xen_prints_is_read_and_nothing_from_before()
    {
        var (before, dump) = Look(Host("(XEN) from before"), target => (DateTimeOffset.UtcNow, target.DumpEventChannels()));

        Assert.Equal(s_text, dump.Text);
        Assert.False(dump.IsCutOff);
        Assert.InRange(dump.TakenAt, before, DateTimeOffset.UtcNow);
        Assert.Equal(1, Xen.Calls(KeyCall));
    }

    [Fact]
    public void Any_byte_that_a_guest_printed_is_one_letter()
    {
        var dump = Look(StandardHost.Create().Line($"when debug_key 0 console (d1) \u00fc\u96ea"), target => target.DumpEventChannels());

        Assert.Equal("(d1) \u00c3\u00bc\u00e9\u009b\u00aa\n", dump.Text);
    }

    [Fact]
    public void A_Xen_that_prints_nothing_gives_an_empty_text()
    {
        var dump = Look(StandardHost.Create(), target => target.DumpEventChannels());

        Assert.Equal(("", false), (dump.Text, dump.IsCutOff));
        Assert.False(HypervisorChannels.Parse(dump).HasAllDomains);
    }

    [Fact]
    public void Each_dump_has_its_own_text()
    {
        var host = Host("(XEN) from before").Line($"when debug_key 1 console (XEN) second");
        var (first, second) = Look(host, target => (target.DumpEventChannels(), target.DumpEventChannels()));

        Assert.Equal(s_text, first.Text);
        Assert.EndsWith("(XEN) second\n", second.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("from before", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_of_many_chunks_is_read_whole()
    {
        var host = StandardHost.Create().Line($"console_size {1 << 20}");
        for (var line = 0; line < 2000; line++)
            host.Line($"console (XEN) old line {line}");
        var lines = Enumerable
            .Range(0, 3000)
            .Select(line => string.Create(CultureInfo.InvariantCulture, $"(XEN) new line {line}"))
            .ToArray();
        host.Line($"when debug_key 0 {string.Join(';', lines.Select(line => "console " + line))}");
        var dump = Look(host, target => target.DumpEventChannels());

        Assert.Equal(lines, dump.Text.TrimEnd('\n').Split('\n'));
        Assert.False(dump.IsCutOff);
    }

    [Fact]
    public void A_ring_that_is_too_small_is_reported_and_its_rest_is_right()
    {
        var dump = Look(Host("(XEN) from before", size: 256), target => target.DumpEventChannels());

        Assert.True(dump.IsCutOff);
        Assert.Equal(s_text[^256..], dump.Text);
        var channels = HypervisorChannels.Parse(dump);
        Assert.False(channels.HasAllDomains);
        var domain = Assert.Single(channels.Domains).Value;
        Assert.Equal((StandardHost.Pv, true), (domain.DomId, domain.IsComplete));
        Assert.Equal([3u], domain.Ports.Keys);
    }

    [Fact]
    public void A_ring_that_just_holds_the_dump_loses_nothing()
    {
        var filler = new string('x', 512 - s_text.Length % 512 - 1);
        var host = Host("(XEN) from before", size: 512).Line($"when debug_key 0 console {filler}");
        var dump = Look(host, target => target.DumpEventChannels());

        Assert.Equal(512, dump.Text.Length);
        Assert.False(dump.IsCutOff);
    }

    [Theory]
    [InlineData(0xffff_fff0u)]
    [InlineData(0xffff_fe00u)]
    [InlineData(0xffff_ffffu)]
    [InlineData(0x8000_0000u)]
    public void An_index_that_wraps_loses_nothing(uint index)
    {
        var dump = Look(Host("(XEN) from before", start: index), target => target.DumpEventChannels());

        Assert.Equal(s_text, dump.Text);
        Assert.False(dump.IsCutOff);
    }

    [Theory]
    [InlineData(0xffff_fff0u)]
    [InlineData(0xffff_ff00u)]
    public void A_ring_that_is_too_small_is_reported_when_its_index_wraps(uint index)
    {
        var dump = Look(Host("(XEN) from before", size: 256, start: index), target => target.DumpEventChannels());

        Assert.True(dump.IsCutOff);
        Assert.Equal(s_text[^256..], dump.Text);
    }

    [Fact]
    public void What_is_overwritten_while_it_is_read_takes_what_was_before_with_it()
    {
        // Reads: the ring before, its end, then the dump; before the fourth a guest has written over what is still to come.
        var flood = string.Join(';', Enumerable.Repeat("console (d1) " + new string('y', 250), 100));
        var host = Host("(XEN) from before").Line($"when {ReadCall} 3 {flood}");
        var dump = Look(host, target => target.DumpEventChannels());

        Assert.True(dump.IsCutOff);
        Assert.DoesNotContain("(XEN)", dump.Text, StringComparison.Ordinal);
        Assert.Empty(HypervisorChannels.Parse(dump).Domains);
    }

    [Fact]
    public void A_console_that_never_rests_is_given_up()
    {
        var error = Look(Host("(XEN) from before").Line($"console_flood 16384"), target =>
            Assert.Throws<XenException>(target.DumpEventChannels));

        XenErrorAssert.Is(error, XenErrorId.NotSupportedByHost, null, null);
        Assert.Equal(0, Xen.Calls(KeyCall));
        Assert.InRange(Xen.Calls(ReadCall), 1, 10_000);
    }

    [Fact]
    public void A_console_that_does_not_rest_after_the_key_is_given_up()
    {
        var error = Look(Host("(XEN) from before").Line($"when debug_key 0 console_flood 20000"), target =>
            Assert.Throws<XenException>(target.DumpEventChannels));

        XenErrorAssert.Is(error, XenErrorId.NotSupportedByHost, null, null);
        Assert.Equal(1, Xen.Calls(KeyCall));
    }

    private static FakeHost Host(string before, int size = 16384, uint start = 0) => StandardHost.Create()
        .Line($"console_size {size}").Line($"console_index {start}").Line($"console {before}")
        .Line($"when debug_key 0 {string.Join(';', s_dump.Select(line => "console " + line))}");
}
