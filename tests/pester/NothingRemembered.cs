using System.Runtime.CompilerServices;

namespace XenShared.Pester;

/// <summary>What tests find in guests' memory is not remembered on the machine they run on, and its kernel is not read.</summary>
internal static class NothingRemembered
{
    [ModuleInitializer]
    internal static void Begin()
    {
        Environment.SetEnvironmentVariable("XENSHARED_RUNTIME_DIRECTORY", "");
        Environment.SetEnvironmentVariable("XENSHARED_KERNEL_ROOT", "");
    }
}
