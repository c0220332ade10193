namespace XenShared.Hypervisor;

/// <summary>Represents guest memory that a search would change, because Xen populates such a page when it is mapped.</summary>
/// <param name="PopulateOnDemandPages">The number of pages that are populated on demand and not populated yet
/// (<c>XENMEM_get_pod_target</c>).</param>
/// <param name="PagedOutPages">The number of pages that are paged out (<c>xen_domctl_getdomaininfo.paged_pages</c>).</param>
public readonly record struct MemoryHazards(ulong PopulateOnDemandPages, ulong PagedOutPages)
{
    /// <summary>Gets a value indicating whether there is no such memory.</summary>
    public bool IsNone => PopulateOnDemandPages == 0 && PagedOutPages == 0;
}
