using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Versions;

/// <summary>Tests hosts without a library, or without a function in one.</summary>
public sealed class MissingLibraryTests : ExecutableTest
{
    private const int Minor = FakeXenFixture.LibraryMinor;

    [Fact]
    public void Without_libxenctrl_and_without_Xen_there_is_no_host()
    {
        Assert.SkipWhen(File.Exists("/proc/xen/capabilities") || File.Exists("/dev/xen/privcmd"), "this machine runs under Xen");
        using var libraries = Without(FakeXenBuild.Directory(Minor), $"libxenctrl.so.4.{Minor}");
        var run = Executable.RunOn(libraries.FullName, StandardHost.Create(), "", "domains");

        AssertFailed(run, exitStatus: 3);
    }

    [Fact]
    public void A_missing_libxenforeignmemory_is_named()
    {
        using var libraries = Without(FakeXenBuild.Directory(Minor), "libxenforeignmemory.so.1");
        var run = Executable.RunOn(libraries.FullName, StandardHost.Create(), "", "domains");

        AssertFailed(run, exitStatus: 5, "libxenforeignmemory", "install");
        run.AssertClean();
    }

    [Fact]
    public void A_function_that_libxenctrl_lacks_is_named()
    {
        const string function = "xc_vcpu_getinfo";
        var run = Executable.RunOn(FakeXenBuild.Directory(Minor, withoutFunction: function), StandardHost.Create(), "", "domains");

        AssertFailed(run, exitStatus: 5, function, $"libxenctrl.so.4.{Minor}", "install");
    }

    [Theory]
    [InlineData("xc_send_debug_keys")]
    [InlineData("xc_readconsolering")]
    [InlineData("xc_domain_get_tsc_info")]
    public void A_function_that_is_not_called_may_be_missing(string function)
    {
        var run = Executable.RunOn(FakeXenBuild.Directory(Minor, withoutFunction: function), StandardHost.Create(), "", "domains");

        run.AssertClean();
        Assert.Equal(0, run.ExitStatus);
    }

    [Fact]
    public void Without_libxencall_each_port_is_read_through_libxenctrl()
    {
        using var libraries = Without(FakeXenBuild.Directory(Minor), "libxencall.so.1");
        var whole = Executable.RunOn(FakeXenBuild.Directory(Minor), StandardHost.Create(), "", "channels", "--port", "1", "2", "3");
        var without = Executable.RunOn(libraries.FullName, StandardHost.Create(), "", "channels", "--port", "1", "2", "3");

        without.AssertClean();
        Assert.Equal(0, without.ExitStatus);
        Assert.Equal(whole.Output, without.Output);
        Assert.Equal(0, without.Calls("multicall"));
        Assert.InRange(without.Calls("xc_evtchn_status"), 6 * 65, 6 * 130);
    }

    [Fact]
    public void Without_libxenstore_domains_have_no_names()
    {
        using var libraries = Without(FakeXenBuild.Directory(Minor), "libxenstore.so.4", "libxenstore.so.3.0");
        var run = Executable.RunOn(libraries.FullName, StandardHost.Create(), "", "domains", "--json");

        run.AssertClean();
        Assert.Equal(0, run.ExitStatus);
        Assert.Equal(StandardHost.DomIds.Select(domId => (int)domId), run.Objects.Select(domain => domain.GetProperty("DomId").GetInt32()));
        Assert.All(run.Objects, domain => Assert.Null(domain.GetProperty("Name").GetString()));
    }

    private static void AssertFailed(ExecutableRun run, int exitStatus, params ReadOnlySpan<string> named)
    {
        Assert.Equal(exitStatus, run.ExitStatus);
        Assert.Empty(run.Output);
        var line = Assert.Single(run.Errors);
        Assert.StartsWith("xenshared: ", line, StringComparison.Ordinal);
        foreach (var name in named) Assert.Contains(name, line, StringComparison.Ordinal);
    }
}
