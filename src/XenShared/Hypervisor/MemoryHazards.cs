namespace XenShared.Hypervisor;

/// <summary>
/// Contains the numbers of guest pages that have no memory at present. A search of guest memory would change them, because Xen gives such a
/// page memory when it is mapped.
/// </summary>
/// <param name="PopulateOnDemandPages">The number of populate-on-demand pages that have no memory yet
/// (<c>XENMEM_get_pod_target</c>); null if it is not known.</param>
/// <param name="PagedOutPages">The number of pages that are paged out (<c>xen_domctl_getdomaininfo.paged_pages</c>).</param>
public readonly record struct MemoryHazards(ulong? PopulateOnDemandPages, ulong PagedOutPages)
{
    /// <summary>Gets a value indicating whether there are no such pages, so that a search changes nothing.</summary>
    public bool IsNone => PopulateOnDemandPages == 0 && PagedOutPages == 0;
}
