using System.Reflection;
using XenShared.Tests.Support;

namespace XenShared.Tests.Surface;

/// <summary>
/// Loads the built module to read its metadata. Its code does not run: System.Management.Automation is a reference assembly here.
/// </summary>
internal static class ModuleAssembly
{
    public static Assembly Loaded { get; } = Assembly.LoadFrom(Path.Combine(SourceTree.Root, "bin", "XenShared.PowerShell.dll"));
}
