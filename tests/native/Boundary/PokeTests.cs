using XenShared.Layout;
using XenShared.Native.Tests.Fake;
using XenShared.Poking;
using XenShared.Targets;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Tests writable mappings and <c>EVTCHNOP_send</c>.</summary>
public sealed class PokeTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string MapCall = "xenforeignmemory_map";
    private const string SendCall = "EVTCHNOP_send";
    private const uint LocalPort = 20;

    public static TheoryData<string, int, XenErrorId> MapErrors
    {
        get
        {
            var data = new TheoryData<string, int, XenErrorId>();
            foreach (var where in new[] { MapCall, "map_frame" })
            {
                foreach (var errno in Errnos.All)
                {
                    data.Add(where, errno, errno switch
                    {
                        Errno.EPERM or Errno.EACCES => XenErrorId.XenAccessDenied,
                        Errno.ESRCH => XenErrorId.DomainVanished,
                        Errno.EINVAL or Errno.ENOENT => XenErrorId.SharedInfoNotMapped,
                        _ => XenErrorId.NotSupportedByHost,
                    });
                }
            }
            return data;
        }
    }

    public static TheoryData<int, XenErrorId> SendErrors => Errnos.With(errno => errno switch
    {
        Errno.EPERM or Errno.EACCES => XenErrorId.XenAccessDenied,
        Errno.ESRCH => XenErrorId.DomainVanished,
        Errno.EINVAL => XenErrorId.EventChannelNotFound,
        _ => XenErrorId.NotSupportedByHost,
    });

    public static TheoryData<int, XenErrorId> OpenErrors =>
        Errnos.With(errno => errno is Errno.EPERM or Errno.EACCES ? XenErrorId.XenAccessDenied : XenErrorId.XenNotAvailable);

    [Theory, MemberData(nameof(MapErrors))]
    public void A_frame_that_cannot_be_mapped_for_writing_is_an_error_with_its_reason(string where, int errno, XenErrorId id)
    {
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail(where, errno),
            target =>
                Assert.Throws<XenException>(() =>
                    target.WriteFrame(StandardHost.Pv, StandardHost.PvFrame, _ => Assert.Fail("It was not mapped."))));

        XenErrorAssert.Is(error, id, MapCall, errno, StandardHost.Pv);
    }

    [Theory, MemberData(nameof(SendErrors))]
    public void An_event_that_Xen_refuses_is_an_error_with_its_reason(int errno, XenErrorId id)
    {
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail("evtchn_send", errno),
            target => Assert.Throws<XenException>(() => target.SendEvent(LocalPort, StandardHost.Pv, 1)));

        XenErrorAssert.Is(error, id, SendCall, errno, StandardHost.Pv);
        Assert.Equal(errno == Errno.ESRCH ? null : 1u, error.Port);
    }

    [Theory, MemberData(nameof(OpenErrors))]
    public void A_library_that_cannot_be_opened_for_a_send_is_an_error_with_its_reason(int errno, XenErrorId id)
    {
        // The state of ports can be read without them.
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail("xencall_open", errno),
            target => Assert.Throws<XenException>(() => target.SendEvent(LocalPort, StandardHost.Pv, 1)));

        XenErrorAssert.Is(error, id, "xencall_open", errno);
    }

    [Fact]
    public void A_send_without_memory_for_its_argument_is_an_error()
    {
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail("xencall_alloc_buffer", Errno.ENOMEM),
            target => Assert.Throws<XenException>(() => target.SendEvent(LocalPort, StandardHost.Pv, 1)));

        XenErrorAssert.Is(error, XenErrorId.XenNotAvailable, "xencall_alloc_buffer", Errno.ENOMEM);
    }

    [Fact]
    public void A_port_that_is_no_end_of_a_channel_is_refused_by_Xen()
    {
        var error = Look(StandardHost.Create(), target => Assert.Throws<XenException>(() => target.SendEvent(1, StandardHost.Pv, 1)));

        XenErrorAssert.Is(error, XenErrorId.EventChannelNotFound, SendCall, Errno.EINVAL, StandardHost.Pv);
    }

    [Fact]
    public void An_event_arrives_and_the_handle_serves_the_next()
    {
        Look(StandardHost.Create(), target =>
        {
            target.SendEvent(LocalPort, StandardHost.Pv, 1);
            target.SendEvent(LocalPort + 1, StandardHost.Pv, 2);
            return 0;
        });

        Assert.Equal(0b1110, Xen.Page(StandardHost.Pv)[SharedInfoLayout.X86_64.PendingOffset]);
        Assert.Equal(2, Xen.Calls("evtchn_send"));
        Assert.Equal(1, Xen.Calls("xencall_open"));
    }

    [Fact]
    public void A_writable_mapping_lives_for_the_write_only()
    {
        var during = Look(StandardHost.Create(), target =>
        {
            FakeXenCounters counters = default;
            target.WriteFrame(StandardHost.Pv, StandardHost.PvFrame, page =>
            {
                counters = Xen.Counters;
                AtomicField.SetBits(page, SharedInfoLayout.X86_64.MaskOffset, 4, 2);
            });
            Assert.Equal(0ul, Xen.Counters.LiveMaps);
            return counters;
        });

        Assert.Equal((1ul, 1ul), (during.LiveMaps, during.WritableMaps));
        Assert.Equal(1ul, Xen.Counters.WritableMaps);
        Assert.NotEqual(0, Xen.Page(StandardHost.Pv)[SharedInfoLayout.X86_64.MaskOffset] & 2);
    }

    [Fact]
    public void A_write_that_fails_is_unmapped_all_the_same()
    {
        Look(StandardHost.Create(), target =>
            Assert.Throws<InvalidOperationException>(() =>
                target.WriteFrame(StandardHost.Pv, StandardHost.PvFrame, _ => throw new InvalidOperationException())));

        Assert.Equal(0ul, Xen.Counters.LiveMaps);
    }

    [Fact]
    public void A_poke_changes_one_bit_and_its_undo_restores_the_page()
    {
        Boot(StandardHost.Create());
        var before = Xen.Page(StandardHost.Pv).ToArray();
        var consent = new PokeConsent();
        using (var target = LocalTarget.Open())
        {
            new PokeRunner(target, consent).Run(new SetPortRequest { DomId = StandardHost.Pv, Port = 2, Masked = true });
            var changed = Xen.Page(StandardHost.Pv).ToArray();
            Assert.Equal(1, before.Zip(changed).Sum(pair => int.PopCount(pair.First ^ pair.Second)));
            Assert.NotEqual(0, changed[SharedInfoLayout.X86_64.MaskOffset] & 4);
            new PokeRunner(target, consent).Run(new UndoPokeRequest { Poke = consent.Pokes[0] });
        }

        Assert.Equal(before, Xen.Page(StandardHost.Pv).ToArray());
        Assert.Equal(2ul, Xen.Counters.WritableMaps);
        Assert.Equal((StandardHost.PvFrame, 0ul, 1ul), (consent.Pokes[0].Frame, consent.Pokes[0].Before, consent.Pokes[0].After));
    }

    [Fact]
    public void What_is_not_agreed_to_is_not_mapped_and_not_sent()
    {
        Boot(StandardHost.Create());
        var before = Xen.Page(StandardHost.Pv).ToArray();
        var consent = new PokeConsent(agrees: false);
        using (var target = LocalTarget.Open())
        {
            new PokeRunner(target, consent).Run(new SetPortRequest { DomId = StandardHost.Pv, Port = 2, Masked = true });
            new PokeRunner(target, consent).Run(
                new SetWallClockRequest { DomId = StandardHost.Pv, Time = DateTimeOffset.UnixEpoch.AddYears(60) });
            new PokeRunner(target, consent).Run(new SendEventRequest { DomId = StandardHost.Pv, Port = 1 });
        }

        Assert.Equal(before, Xen.Page(StandardHost.Pv).ToArray());
        Assert.Equal(0ul, Xen.Counters.WritableMaps);
        Assert.Equal(0, Xen.Calls("evtchn_send"));
        Assert.Empty(consent.Pokes);
    }

    [Fact]
    public void A_frame_that_is_another_domains_is_not_mapped()
    {
        var error = Look(StandardHost.Create(), target =>
            Assert.Throws<XenException>(() => target.WriteFrame(StandardHost.Pv, 0xbf777, _ => Assert.Fail("It is not this domain's."))));

        XenErrorAssert.Is(error, XenErrorId.SharedInfoNotMapped, MapCall, Errno.EINVAL, StandardHost.Pv);
    }
}
