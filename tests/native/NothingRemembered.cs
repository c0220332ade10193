using System.Runtime.CompilerServices;

namespace XenShared.Native.Tests;

/// <summary>
/// Keeps tests from caching locations in guest memory, between tests and on this machine, and from reading the kernel of this machine.
/// </summary>
internal static class NothingRemembered
{
    [ModuleInitializer]
    internal static void Begin()
    {
        Environment.SetEnvironmentVariable("XENSHARED_RUNTIME_DIRECTORY", "");
        Environment.SetEnvironmentVariable("XENSHARED_KERNEL_ROOT", "");
    }
}
