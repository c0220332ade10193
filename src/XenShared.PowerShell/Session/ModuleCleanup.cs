using System.Management.Automation;

namespace XenShared.PowerShell.Session;

/// <summary>Disconnects all targets when the module is removed, so that no connection stays open.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => SessionTargets.Current.RemoveAll();
}
