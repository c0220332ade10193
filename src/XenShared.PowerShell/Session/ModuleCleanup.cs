using System.Management.Automation;

namespace XenShared.PowerShell.Session;

/// <summary>Disconnects everything when the module is removed, so that no handle outlives it.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => SessionTargets.Current.RemoveAll();
}
