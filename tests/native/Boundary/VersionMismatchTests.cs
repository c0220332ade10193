using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary>
/// Tests a libxenctrl whose version differs from that of the hypervisor: Xen refuses its domctls, its sysctls, or both with EACCES.
/// </summary>
public sealed class VersionMismatchTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    [Theory]
    [InlineData(8)]
    [InlineData(14)]
    [InlineData(16)]
    [InlineData(21)]
    [InlineData(22)]
    public void A_library_of_another_version_is_named(int hypervisor)
    {
        var error = Look(StandardHost.Create(hypervisor), target => Assert.Throws<XenException>(() => target.ReadDomains().ToArray()));

        XenErrorAssert.Is(error, XenErrorId.XenInterfaceMismatch, "xc_domain_getinfolist", Errno.EACCES);
        Assert.Contains("libxenctrl.so.4.17", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsFatal);
    }

    [Theory]
    [InlineData(18)]
    [InlineData(19)]
    [InlineData(20)]
    public void A_library_that_may_only_list_domains_is_named_too(int hypervisor)
    {
        // 4.17 to 4.20 have the same sysctl version but different domctl versions: the list succeeds, and the widths and run times are
        // refused. If that counted as "not known", the mismatch of the tools would stay hidden.
        var error = Look(StandardHost.Create(hypervisor), target => Assert.Throws<XenException>(() => target.ReadDomains().ToArray()));

        Assert.Equal(XenErrorId.XenInterfaceMismatch, error.Id);
        XenErrorAssert.IsUseful(error);
    }

    [Fact]
    public void Two_versions_agree_where_the_fake_hypervisor_accepts_the_library()
    {
        string[] domctls = ["xc_vcpu_getinfo", "xc_domain_get_guest_width"];
        string[] sysctls = ["xc_domain_getinfolist", "xc_send_debug_keys", "xc_readconsolering"];
        int[] minors = [.. Enumerable.Range(FakeXenBuild.OldestMinor, FakeXenBuild.NewestMinor - FakeXenBuild.OldestMinor + 1)];

        var pairs = from operation in domctls.Concat(sysctls)
                    from library in minors
                    from hypervisor in minors
                    where InterfaceVersions.Agree(operation, (4, library), (4, hypervisor))
                    where library < hypervisor
                    select $"{(domctls.Contains(operation) ? "domctl" : "sysctl")} {library}-{hypervisor}";

        // Pairs of equal interface versions in domctl.h and sysctl.h.
        Assert.Equal(
            [
                "domctl 13-14", "domctl 19-20", "domctl 19-21", "domctl 20-21", "domctl 22-23",
                "sysctl 12-13", "sysctl 14-15", "sysctl 17-18", "sysctl 17-19", "sysctl 17-20", "sysctl 18-19", "sysctl 18-20",
                "sysctl 19-20", "sysctl 21-22", "sysctl 21-23", "sysctl 22-23",
            ],
            pairs.Distinct().Order(StringComparer.Ordinal));
        Assert.All(minors, minor => Assert.True(InterfaceVersions.Agree("xc_vcpu_getinfo", (4, minor), (4, minor))));
        Assert.True(InterfaceVersions.Agree("xc_vcpu_getinfo", (5, 1), (5, 1)));
        Assert.False(InterfaceVersions.Agree("xc_vcpu_getinfo", (4, 24), (4, 25)));
        Assert.False(InterfaceVersions.Agree("xc_vcpu_getinfo", (5, 19), (4, 20)));
    }

    [Fact]
    public void The_same_errno_from_a_library_that_fits_is_a_matter_of_permission()
    {
        var error = Look(StandardHost.Create(), xen => xen.Fail("xc_domain_getinfolist", Errno.EACCES),
            target => Assert.Throws<XenException>(() => target.ReadDomains().ToArray()));

        Assert.Equal(XenErrorId.XenAccessDenied, error.Id);
    }
}
