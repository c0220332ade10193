using System.Globalization;

namespace XenShared;

/// <summary>The x86 part of a shared page (<c>struct arch_shared_info</c>): a PV guest's P2M. All zero in HVM and PVH guests.</summary>
public sealed record XenArchInfo
{
    /// <summary>Gets the guest's highest PFN and one.</summary>
    public ulong MaxPfn { get; init; }

    /// <summary>MFN of the root of the older P2M tree.</summary>
    public ulong PfnToMfnFrameListList { get; init; }

    /// <summary>Gets why an NMI was sent, as bits.</summary>
    public ulong NmiReason { get; init; }

    /// <summary>Page table for <see cref="P2mVaddr"/>; null when the P2M words would not come to rest.</summary>
    public ulong? P2mCr3 { get; init; }

    /// <summary>Virtual address of the linear P2M list; null as above.</summary>
    public ulong? P2mVaddr { get; init; }

    /// <summary>Gets the guest's counter of P2M changes; null as above.</summary>
    public ulong? P2mGeneration { get; init; }

    /// <summary>Returns the fields that every layout has, safe to show.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"max_pfn 0x{MaxPfn:x}, nmi_reason 0x{NmiReason:x}");
}
