using Xunit;

namespace XenShared.Hosted.Tests;

/// <summary>Stands for the tests of this project where they cannot be compiled.</summary>
public sealed class PackageMissingTests
{
    [Fact(Skip = "Microsoft.PowerShell.SDK is not there; dotnet test at the root fetches it from a registry that has it")]
    public void TheCmdletsRunInThisProcess()
    {
    }
}
