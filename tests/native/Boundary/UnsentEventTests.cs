using XenShared.Layout;
using XenShared.Native.Tests.Fake;
using XenShared.Native.Tests.Product;
using XenShared.Poking;
using XenShared.Targets;

namespace XenShared.Native.Tests.Boundary;

/// <summary>
/// Checks a poke whose event cannot be sent after the page was written: the sequence is finished, or the writes are undone.
/// </summary>
public sealed class UnsentEventTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const uint PendingBit = 1u << 31, MaskedBit = 1u << 30;
    private const int UpcallPending = 0, Selector = 8;

    // The first call, and the call of libxencall through which it goes.
    public static TheoryData<string> Once => new("fail evtchn_send 4 times 1", "when evtchn_send 0 fail xencall2 12 times 1");

    [Theory, MemberData(nameof(Once))]
    public void A_send_that_fails_once_is_repeated(string fault)
    {
        Boot(ProductHost.Create());
        ProductHost.MakeStuck(Xen);
        Xen.Apply(fault);
        var consent = new PokeConsent();

        var error = Repair(ProductHost.Poked, consent);

        // The guest is paused, so it does not take the event.
        Assert.Equal(XenErrorId.WaitTimedOut, error.Id);
        Assert.Equal([PokeField.Mask, PokeField.Pending, PokeField.Event], consent.Pokes.Select(poke => poke.Kind));
        Assert.Equal((0, 2), (Bit(SharedInfoLayout.X86_32.MaskOffset), Bit(SharedInfoLayout.X86_32.PendingOffset)));
    }

    [Fact]
    public void A_send_that_succeeds_at_the_second_attempt_has_a_note()
    {
        Boot(ProductHost.Create());
        ProductHost.MakeStuck(Xen);
        Xen.Apply("fail evtchn_send 4 times 1");
        var consent = new PokeConsent();

        Repair(ProductHost.Poked, consent);

        Assert.Equal("sent at the second attempt", consent.Pokes[^1].Note);
    }

    [Fact]
    public void Writes_are_taken_back_when_the_event_cannot_be_sent()
    {
        Boot(ProductHost.Create());
        ProductHost.MakeStuck(Xen);
        var before = Xen.Page(ProductHost.Poked).ToArray();
        Xen.Fail("evtchn_send", Errno.EINVAL);
        var consent = new PokeConsent();

        var error = Repair(ProductHost.Poked, consent);

        Assert.Equal((XenErrorId.EventChannelNotFound, "EVTCHNOP_send", Errno.EINVAL), (error.Id, error.Operation, error.Errno!.Value));
        Assert.Contains(
            "; the event was not sent, so everything that was written before it was taken back; what was done: ",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal(before, Xen.Page(ProductHost.Poked).ToArray());
        Assert.Equal([PokeField.Mask, PokeField.Pending, PokeField.Pending, PokeField.Mask], consent.Pokes.Select(poke => poke.Kind));
        Assert.Equal(consent.Pokes.Select(poke => poke.Id), error.Pokes.Select(poke => poke.Id));
    }

    [Fact]
    public void An_event_that_arrives_meanwhile_stays()
    {
        Boot(ProductHost.Create());
        ProductHost.MakeStuck(Xen);
        var before = Xen.Page(ProductHost.Poked).ToArray();
        Xen.Fail("evtchn_send", Errno.EINVAL);
        using var target = LocalTarget.Open();
        // The pending bit of the port is set again before the second attempt.
        var consent = new PokeConsent
        {
            OnDone = poke =>
        {
            if (poke is { Kind: PokeField.Pending, After: 0 }) Xen.Page(ProductHost.Poked)[SharedInfoLayout.X86_32.PendingOffset] |= 2;
        }
        };

        var error = Repair(target, ProductHost.Poked, consent, locator: null);

        Assert.Contains("except bits that have changed since", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Xen.Page(ProductHost.Poked).ToArray());
    }

    [Fact]
    public void The_upcall_of_a_blocked_vCPU_stays_clear()
    {
        Boot(StandardHost.Create());
        var page = Xen.Page(StandardHost.Pv);
        page[UpcallPending] = 1;
        page[Selector] = 1;
        page[SharedInfoLayout.X86_64.PendingOffset] |= 2;
        var before = page.ToArray();
        Xen.Fail("evtchn_send", Errno.EINVAL);

        var error = Repair(StandardHost.Pv, new PokeConsent());

        Assert.Contains("would keep the vCPU asleep", error.Message, StringComparison.Ordinal);
        Assert.Contains("; vCPU 0 has not been notified of every event, so repair the port", error.Message, StringComparison.Ordinal);
        before[UpcallPending] = 0;
        Assert.Equal(before, Xen.Page(StandardHost.Pv).ToArray());
    }

    [Fact]
    public void A_port_is_masked_again_when_its_vCPU_cannot_be_notified()
    {
        Boot(ProductHost.Create());
        Xen.Page(ProductHost.Poked)[SharedInfoLayout.X86_32.MaskOffset] |= 2;
        Xen.Fail("evtchn_send", Errno.EINVAL);
        var expected = Xen.Page(ProductHost.Poked).ToArray();
        expected[SharedInfoLayout.X86_32.PendingOffset] |= 2;
        // An event arrives just before the port is unmasked, so no vCPU is notified of it.
        var consent = new PokeConsent
        {
            OnDone = poke =>
        {
            if (poke is { Kind: PokeField.Mask, After: 0 }) Xen.Page(ProductHost.Poked)[SharedInfoLayout.X86_32.PendingOffset] |= 2;
        }
        };
        using var target = LocalTarget.Open();

        var error = Assert.Throws<XenException>(() =>
            new PokeRunner(target, consent).Run(new SetPortRequest { DomId = ProductHost.Poked, Port = 1, Masked = false }));

        Assert.Contains("everything that was written before it was taken back", error.Message, StringComparison.Ordinal);
        Assert.Equal(expected, Xen.Page(ProductHost.Poked).ToArray());
    }

    [Fact]
    public void The_mask_of_an_event_word_is_restored()
    {
        Boot(ProductHost.Create().Line($"domain {StandardHost.Control}").Line($"port 40 interdomain {StandardHost.Pvh} 1"));
        using var target = LocalTarget.Open();
        target.WriteFrame(StandardHost.Pvh, ProductHost.ArrayFrame, page =>
            AtomicField.SetBits(page, sizeof(uint), sizeof(uint), PendingBit | MaskedBit));
        Xen.Fail("evtchn_send", Errno.EINVAL);
        var consent = new PokeConsent();

        var error = Repair(target, StandardHost.Pvh, consent, new GuestMemoryLocator(target));

        Assert.Contains("everything that was written before it was taken back", error.Message, StringComparison.Ordinal);
        Assert.Equal([PokeField.EventWordMask, PokeField.EventWordMask], consent.Pokes.Select(poke => poke.Kind));
        ulong word = 0;
        target.VisitFrames(StandardHost.Pvh, [ProductHost.ArrayFrame], (_, page) =>
            word = LayoutField.Read(page, sizeof(uint), sizeof(uint)));
        Assert.Equal(PendingBit | MaskedBit, word);
    }

    [Theory]
    [InlineData("fail xenforeignmemory_map 12", "could be taken back (")]
    [InlineData("domain 2;uuid 33333333333333333333333333333333", "another domain has the number now")]
    public void A_write_that_cannot_be_undone_is_in_the_error(string change, string expected)
    {
        Boot(ProductHost.Create());
        ProductHost.MakeStuck(Xen);
        Xen.Fail("evtchn_send", Errno.EINVAL);
        Xen.Apply($"when evtchn_send 1 {change}");

        var error = Repair(ProductHost.Poked, new PokeConsent());

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("so repair the port", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Pokes.Count);
    }

    private static XenException Repair(ushort domId, PokeConsent consent)
    {
        using var target = LocalTarget.Open();
        return Repair(target, domId, consent, locator: null);
    }

    private static XenException Repair(LocalTarget target, ushort domId, PokeConsent consent, IPokeLocator? locator) =>
        Assert.Throws<XenException>(() =>
            new PokeRunner(target, consent) { Options = new PokeOptions { SampleTime = TimeSpan.Zero, Locator = locator } }.Run(
                new RepairPortRequest { DomId = domId, Port = 1, Unmask = true, Timeout = TimeSpan.Zero }));

    private int Bit(int offset) => Xen.Page(ProductHost.Poked)[offset] & 2;
}
