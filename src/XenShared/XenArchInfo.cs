using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the x86 part of a shared page (<c>struct arch_shared_info</c>), which describes a PV guest's P2M table. It is all zero in HVM
/// and PVH guests.
/// </summary>
public sealed record XenArchInfo
{
    /// <summary>Gets the guest's highest PFN plus one, which is the number of entries of the P2M table.</summary>
    public ulong MaxPfn { get; internal init; }

    /// <summary>Gets the MFN of the root page of the P2M table in its older form, a tree.</summary>
    public ulong PfnToMfnFrameListList { get; internal init; }

    /// <summary>Gets the reasons of the last NMI, as bits.</summary>
    public ulong NmiReason { get; internal init; }

    /// <summary>
    /// Gets the CR3 value of the page table that maps <see cref="P2mVaddr"/>; null if the P2M fields could not be read consistently.
    /// </summary>
    public ulong? P2mCr3 { get; internal init; }

    /// <summary>
    /// Gets the virtual address of the P2M table in its newer form, a list; null if the P2M fields could not be read consistently.
    /// </summary>
    public ulong? P2mVaddr { get; internal init; }

    /// <summary>
    /// Gets the guest's counter of changes of the P2M table, odd during a change; null if the P2M fields could not be read consistently.
    /// </summary>
    public ulong? P2mGeneration { get; internal init; }

    /// <summary>Returns the highest PFN plus one and the NMI reasons, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"max_pfn 0x{MaxPfn:x}, nmi_reason 0x{NmiReason:x}");
}
