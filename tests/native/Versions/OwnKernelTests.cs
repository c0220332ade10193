using System.Text.Json;
using XenShared.Layout;
using XenShared.Native.Tests.Fake;
using XenShared.Tests.Support;

namespace XenShared.Native.Tests.Versions;

/// <summary>Tests the real <c>xenshared</c> in a control domain with a fake kernel.</summary>
public sealed class OwnKernelTests : ExecutableTest, IDisposable
{
    private static readonly VcpuInfoLayout s_record = SharedInfoLayout.X86_64.Vcpu;

    private readonly TemporaryDirectory _root = new();
    private readonly FakeKernel _kernel = new(cpus: 2);

    public OwnKernelTests()
    {
        foreach (var port in new[] { 1u, 2u, 20u }) _kernel.SetWord(port, 0);
        _kernel.SetWord(21, 0xe000_0000);
        for (var cpu = 0; cpu < 2; cpu++)
        {
            s_record.Version.Write(_kernel.Record(cpu), 10);
            s_record.TscTimestamp.Write(_kernel.Record(cpu), 1);
            s_record.SystemTime.Write(_kernel.Record(cpu), 7_000_000_000);
            s_record.TscToSystemMul.Write(_kernel.Record(cpu), 0x8000_0000);
        }
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Channels_of_the_control_domain_are_known_and_no_warning_is_written()
    {
        var run = Run("channels", "--json", "-d", "0");

        Assert.Empty(run.Errors);
        Assert.Equal((0, 4), (run.ExitStatus, run.Objects.Count));
        Assert.All(run.Objects, channel => Assert.Equal("Kernel", channel.GetProperty("Source").GetString()));
        Assert.Equal([21u], run.Objects.Where(channel => channel.GetProperty("Pending").GetBoolean()).Select(Port));
        run.AssertClean();
    }

    [Fact]
    public void Records_of_the_control_domain_are_known()
    {
        var run = Run("vcpus", "--json", "-d", "0", "--sample", "0", "--source", "Kernel");

        Assert.Empty(run.Errors);
        Assert.Equal(2, run.Objects.Count);
        Assert.All(run.Objects, vcpu =>
            Assert.Equal(("Kernel", true, 10u), (
                vcpu.GetProperty("Source").GetString(),
                vcpu.GetProperty("IsLive").GetBoolean(),
                vcpu.GetProperty("Time").GetProperty("Version").GetUInt32())));
    }

    [Fact]
    public void A_capture_has_them_and_its_reader_no_kernel()
    {
        var capture = Path.Combine(_root.FullName, "host.xencap");
        Run("capture", capture, "--sample", "0").AssertClean();
        File.Delete(Path.Combine(_root.FullName, "proc", "kcore"));

        var run = Executable.RunOnMachine("channels", "--json", "-d", "0", "--target", capture);

        Assert.Empty(run.Errors);
        Assert.Equal([21u], run.Objects.Where(channel => channel.GetProperty("Pending").GetBoolean()).Select(Port));
        Assert.All(run.Objects, channel => Assert.Equal("Kernel", channel.GetProperty("Source").GetString()));
    }

    [Fact]
    public void A_kernel_that_shows_nothing_is_one_warning()
    {
        foreach (var symbol in _kernel.Symbols.Keys) _kernel.Symbols[symbol] = 0;

        var run = Run("channels", "--json", "-d", "0");

        Assert.Contains("kernel.kptr_restrict", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Equal((0, 4), (run.ExitStatus, run.Objects.Count));
        Assert.All(run.Objects, channel => Assert.Equal(JsonValueKind.Null, channel.GetProperty("Pending").ValueKind));
    }

    [Fact]
    public void A_kernel_that_is_not_that_of_this_host_is_one_warning()
    {
        _kernel.SetWord(30, 0x8000_0000);

        Assert.Contains("port 30 is closed in Xen", Assert.Single(Run("channels", "-d", "0").Errors), StringComparison.Ordinal);
    }

    private static uint Port(JsonElement channel) => channel.GetProperty("Port").GetUInt32();

    private ExecutableRun Run(params ReadOnlySpan<string> arguments) =>
        Executable.RunOnKernel(_kernel.Write(_root.FullName), StandardHost.Create(), arguments);
}
