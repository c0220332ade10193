using System.Runtime.CompilerServices;

namespace XenShared.Tests;

/// <summary>
/// What tests find in guests' memory is remembered nowhere: neither from one test to another, nor on the machine they run on. The kernel of
/// that machine is not read.
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
