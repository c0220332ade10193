namespace XenShared.Hypervisor;

/// <summary>Memory of a guest that a look at it would change: mapping such a page makes Xen fill it.</summary>
/// <param name="PopulateOnDemandPages">Pages that Xen has promised and not given yet (<c>XENMEM_get_pod_target</c>).</param>
/// <param name="PagedOutPages">Pages that are paged out (<c>xen_domctl_getdomaininfo.paged_pages</c>).</param>
public readonly record struct MemoryHazards(ulong PopulateOnDemandPages, ulong PagedOutPages)
{
    /// <summary>Gets a value indicating whether there is none.</summary>
    public bool IsNone => PopulateOnDemandPages == 0 && PagedOutPages == 0;
}
