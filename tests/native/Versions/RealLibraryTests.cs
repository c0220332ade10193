using System.Diagnostics;

namespace XenShared.Native.Tests.Versions;

/// <summary>
/// Checks the real libxenctrl on a machine without a hypervisor: the error is clear, and libxc writes no messages of its own.
/// </summary>
public sealed class RealLibraryTests
{
    [Theory]
    [InlineData("domains")]
    [InlineData("channels", "--json")]
    [InlineData("info", "--domid", "1")]
    [InlineData("vcpus")]
    [InlineData("clocks")]
    [InlineData("capture", "-")]
    public void Without_a_hypervisor_there_is_one_line_and_exit_status_3(params string[] arguments)
    {
        Assert.SkipWhen(Executable.WhyNot is not null, Executable.WhyNot ?? "");
        Assert.SkipUnless(OperatingSystem.IsLinux() && IsInstalled(), "libxenctrl is not installed");
        Assert.SkipWhen(File.Exists("/proc/xen/capabilities") || File.Exists("/dev/xen/privcmd"), "this machine runs under Xen");
        var run = Executable.RunOnMachine(arguments);

        Assert.Equal(3, run.ExitStatus);
        Assert.Empty(run.Output);
        var line = Assert.Single(run.Errors);
        Assert.StartsWith(
            "xenshared: This machine is not the control domain of a Xen host (xc_interface_open: ENOENT); ",
            line,
            StringComparison.Ordinal);
    }

    // This process has loaded a fake of the same soname, so the loader's cache is read.
    private static bool IsInstalled()
    {
        const string program = "/sbin/ldconfig";
        if (!File.Exists(program)) return false;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        start.ArgumentList.Add("-p");
        using var cache = Process.Start(start) ?? throw new InvalidOperationException("ldconfig did not start.");
        var known = cache.StandardOutput.ReadToEnd();
        cache.WaitForExit();
        return known.Contains("libxenctrl.so.4.", StringComparison.Ordinal);
    }
}
