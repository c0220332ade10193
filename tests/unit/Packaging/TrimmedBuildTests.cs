using System.Diagnostics;
using XenShared.Tests.Support;

namespace XenShared.Tests.Packaging;

/// <summary>
/// Checks that the module is built with the command line only for the demo, not for the executable that users get. The module uses
/// reflection, and each use would be an error in a trimmed or native build.
/// </summary>
public sealed class TrimmedBuildTests
{
    [Theory]
    [InlineData("PublishAot", false)]
    [InlineData("PublishTrimmed", false)]
    [InlineData("Unused", true)]
    public void TheModuleIsBuiltForTheDemoAlone(string property, bool isBuilt)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "msbuild", Path.Combine(SourceTree.Root, "src", "XenShared.Cli"), "-getItem:ProjectReference", $"-property:{property}=true",
            },
        };

        using var run = Process.Start(start)!;
        var references = run.StandardOutput.ReadToEnd();
        run.WaitForExit();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("XenShared.csproj", references, StringComparison.Ordinal);
        Assert.Equal(isBuilt, references.Contains("XenShared.PowerShell.csproj", StringComparison.Ordinal));
    }
}
