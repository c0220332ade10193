using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the x86 part of a shared page (<c>struct arch_shared_info</c>): a PV guest's P2M. All zero in HVM and PVH guests.
/// </summary>
public sealed record XenArchInfo
{
    /// <summary>Gets the guest's highest PFN plus one.</summary>
    public ulong MaxPfn { get; internal init; }

    /// <summary>Gets the MFN of the root of the older P2M tree.</summary>
    public ulong PfnToMfnFrameListList { get; internal init; }

    /// <summary>Gets the reasons of the last NMI, as bits.</summary>
    public ulong NmiReason { get; internal init; }

    /// <summary>Gets the page table that maps <see cref="P2mVaddr"/>; null if the P2M fields could not be read consistently.</summary>
    public ulong? P2mCr3 { get; internal init; }

    /// <summary>Gets the virtual address of the linear P2M list; null if the P2M fields could not be read consistently.</summary>
    public ulong? P2mVaddr { get; internal init; }

    /// <summary>Gets the guest's counter of P2M changes; null if the P2M fields could not be read consistently.</summary>
    public ulong? P2mGeneration { get; internal init; }

    /// <summary>Returns the highest PFN plus one and the NMI reasons, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"max_pfn 0x{MaxPfn:x}, nmi_reason 0x{NmiReason:x}");
}
