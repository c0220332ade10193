namespace XenShared.Layout;

/// <summary>Describes the offsets of the members of x86's <c>arch_shared_info</c> from the start of the page.</summary>
public sealed class ArchInfoLayout
{
    internal ArchInfoLayout(int start, int word)
    {
        MaxPfn = new("arch.max_pfn", start, word);
        PfnToMfnFrameListList = new("arch.pfn_to_mfn_frame_list_list", start + word, word);
        NmiReason = new("arch.nmi_reason", start + 2 * word, word);
        P2mCr3 = new("arch.p2m_cr3", start + 3 * word, word);
        P2mVaddr = new("arch.p2m_vaddr", start + 4 * word, word);
        P2mGeneration = new("arch.p2m_generation", start + 5 * word, word);
    }

    /// <summary>Gets the guest's highest PFN plus one.</summary>
    public LayoutField MaxPfn { get; }

    /// <summary>Gets the MFN of the root of the older P2M tree; 0 or all ones if unused.</summary>
    public LayoutField PfnToMfnFrameListList { get; }

    /// <summary>Gets the reasons of the last NMI, as bits.</summary>
    public LayoutField NmiReason { get; }

    /// <summary>Gets the page table that maps <see cref="P2mVaddr"/>.</summary>
    public LayoutField P2mCr3 { get; }

    /// <summary>Gets the virtual address of the linear P2M list.</summary>
    public LayoutField P2mVaddr { get; }

    /// <summary>Gets the guest's version counter of its P2M, which is odd during a change.</summary>
    public LayoutField P2mGeneration { get; }

    /// <summary>Gets all six fields, in the order of offsets.</summary>
    public IEnumerable<LayoutField> Fields => [MaxPfn, PfnToMfnFrameListList, NmiReason, P2mCr3, P2mVaddr, P2mGeneration];
}
