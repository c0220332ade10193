using XenShared.Hypervisor;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary><c>xc_domain_get_tsc_info</c>.</summary>
public sealed class TscInfoTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string Call = "xc_domain_get_tsc_info";

    public static TheoryData<int> AllErrnos => new(Errnos.All);

    [Fact]
    public void All_numbers_are_those_of_the_domain()
    {
        var host = StandardHost.Create()
            .Line($"domain {StandardHost.Pvh}")
            .Line($"tsc_mode 1")
            .Line($"tsc_elapsed {ulong.MaxValue}")
            .Line($"tsc_khz 2400001")
            .Line($"tsc_incarnation 3");
        var (guest, other) = Look(host, target => (target.ReadTscInfo(StandardHost.Pvh), target.ReadTscInfo(StandardHost.Pv)));

        Assert.Equal(new TscInfo(1, ulong.MaxValue, 2_400_001, 3), guest);
        Assert.Equal(new TscInfo(0, 0, 0, 0), other);
    }

    [Theory, MemberData(nameof(AllErrnos))]
    public void A_failed_call_is_an_error_of_this_domain_alone(int errno)
    {
        var error = Look(
            StandardHost.Create(),
            xen => xen.Fail(Call, errno),
            target => Assert.Throws<XenException>(() => target.ReadTscInfo(StandardHost.Pvh)));

        XenErrorAssert.Is(
            error,
            errno switch
            {
                Errno.ESRCH => XenErrorId.DomainVanished,
                Errno.EPERM or Errno.EACCES => XenErrorId.XenAccessDenied,
                _ => XenErrorId.NotSupportedByHost,
            },
            Call,
            errno,
            StandardHost.Pvh);
    }

    [Fact]
    public void The_own_domain_cannot_be_paused() =>
        Assert.Equal(
            Errno.EINVAL,
            Look(StandardHost.Create(), target => Assert.Throws<XenException>(() => target.ReadTscInfo(StandardHost.Control))).Errno);
}
