using System.Runtime.CompilerServices;

namespace XenShared.Pester;

/// <summary>Keeps tests from caching locations in guests' memory on this machine, and from reading its kernel.</summary>
internal static class NothingRemembered
{
    [ModuleInitializer]
    internal static void Begin()
    {
        Environment.SetEnvironmentVariable("XENSHARED_RUNTIME_DIRECTORY", "");
        Environment.SetEnvironmentVariable("XENSHARED_KERNEL_ROOT", "");
    }
}
