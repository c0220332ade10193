using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary>A libxenctrl of another version than the hypervisor: Xen refuses its domctls or sysctls, or both, with EACCES.</summary>
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
        // 4.17 to 4.20 share the sysctl version and not the domctl one: the list works, and the widths and run times are refused.
        // Taking that for "not known" would hide that the tools do not fit.
        var error = Look(StandardHost.Create(hypervisor), target => Assert.Throws<XenException>(() => target.ReadDomains().ToArray()));

        Assert.Equal(XenErrorId.XenInterfaceMismatch, error.Id);
        XenErrorAssert.IsUseful(error);
    }

    [Fact]
    public void The_same_errno_from_a_library_that_fits_is_a_matter_of_permission()
    {
        var error = Look(StandardHost.Create(), xen => xen.Fail("xc_domain_getinfolist", Errno.EACCES),
            target => Assert.Throws<XenException>(() => target.ReadDomains().ToArray()));

        Assert.Equal(XenErrorId.XenAccessDenied, error.Id);
    }
}
