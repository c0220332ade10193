using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Versions;

/// <summary>Checks the exit status and the one line of output for each failure of the host.</summary>
public sealed class ExitStatusTests : ExecutableTest
{
    private const int Minor = FakeXenFixture.LibraryMinor;

    [Theory]
    [InlineData("xc_interface_open", Errno.ENOENT, 3)]
    [InlineData("xc_interface_open", Errno.EACCES, 4)]
    [InlineData("xenforeignmemory_open", Errno.EPERM, 4)]
    [InlineData("xc_domain_getinfolist", Errno.EPERM, 4)]
    [InlineData("xc_domain_getinfolist", Errno.EFAULT, 5)]
    public void A_host_that_refuses_gives_its_status_and_one_line(string call, int errno, int exitStatus)
    {
        var run = Executable.RunOn(FakeXenBuild.Directory(Minor), StandardHost.Create(), $"{call}:{errno}", "domains");

        run.AssertClean();
        Assert.Equal(exitStatus, run.ExitStatus);
        Assert.Empty(run.Output);
        Assert.Contains($"({call}: {Errno.Name(errno)})", Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_of_another_version_are_named()
    {
        var run = Executable.RunOn(FakeXenBuild.Directory(16), StandardHost.Create(17), "", "domains");

        run.AssertClean();
        Assert.Equal(5, run.ExitStatus);
        Assert.Contains("libxenctrl.so.4.16", Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_domain_that_does_not_exist_is_no_match()
    {
        var run = Executable.RunOn(FakeXenBuild.Directory(Minor), StandardHost.Create(), "", "channels", "--domid", "3");

        run.AssertClean();
        Assert.Equal(1, run.ExitStatus);
        Assert.Single(run.Errors);
    }

    [Fact]
    public void A_failure_of_one_domain_shows_the_others_and_in_the_status()
    {
        // Domain 0 takes the first 128 answers.
        var run = Executable.RunOn(
            FakeXenBuild.Directory(Minor),
            StandardHost.Create(),
            $"evtchn_status:{Errno.EFAULT}:128:128",
            "channels",
            "--json");

        run.AssertClean();
        Assert.Equal(5, run.ExitStatus);
        Assert.Equal([0, 2, 5, 7], run.Objects.Select(channel => channel.GetProperty("DomId").GetInt32()).Distinct());
        Assert.Single(run.Errors, line => line.StartsWith("xenshared: ", StringComparison.Ordinal));
    }
}
