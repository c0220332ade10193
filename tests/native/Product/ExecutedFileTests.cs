using XenShared.Layout;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Product;

/// <summary>
/// Limits how many source files a reader has to open to follow a command from the cmdlet to the hypervisor and back. The measured files
/// are in the test's output.
/// </summary>
public sealed class ExecutedFileTests(ITestOutputHelper output)
{
    private const int MaximumFiles = 40;
    private const int MaximumFilesWithBehaviour = 27;

    [Fact]
    public void Get_XenSharedInfo_runs_few_files()
    {
        Assert.SkipWhen(ExecutedFiles.WhyNot is not null, ExecutedFiles.WhyNot ?? "");

        var files = ExecutedFiles.Measure("Get-XenSharedInfo -DomId 5", Host());

        output.WriteLine(files.ToString());
        // The way from the cmdlet to the library call is there, so that the list is not short because a part was not measured.
        Assert.Contains(files.All, file => file.EndsWith("GetXenSharedInfoCommand.cs", StringComparison.Ordinal));
        Assert.Contains(files.All, file => file.EndsWith("XenControl.cs", StringComparison.Ordinal));
        Assert.Contains(files.All, file => file.EndsWith("XenSharedInfo.cs", StringComparison.Ordinal));
        Assert.True(files.All.Count <= MaximumFiles, $"More than {MaximumFiles} files: {files}");
        Assert.True(
            files.WithBehaviour.Count <= MaximumFilesWithBehaviour,
            $"More than {MaximumFilesWithBehaviour} files with behaviour: {files}");
    }

    // A PV guest with two-level events, which shows every part of the page.
    private static FakeHost Host() =>
        new FakeHost()
            .Domain(5, "blocked", 0xbfc58, new FakePage(SharedInfoLayout.X86_64).Clock().Slot(0, 100, 60_007_364_382).TwoLevel(1, 2, 3)
                .Pending(3).P2m(0x8000, 4).Bytes)
            .Line($"pages 32768")
            .Line($"online 1")
            .Line($"max_vcpu 0")
            .Line($"width 8")
            .Line($"vcpu 0 online blocked 1000000000 0")
            .Line($"port 1 interdomain 0 20")
            .Line($"port 2 interdomain 0 21")
            .Line($"port 3 virq 0")
            .Line($"store /local/domain/5/name web01");
}
