namespace XenShared.Layout;

/// <summary>Represents the values of <c>arch_shared_info</c>, the part of the shared info page that only x86 has.</summary>
public readonly record struct ArchInfoContent(
    ulong MaxPfn, ulong PfnToMfnFrameListList, ulong NmiReason, ulong P2mCr3, ulong P2mVaddr, ulong P2mGeneration)
{
    /// <summary>Reads the values from a page.</summary>
    public static ArchInfoContent Decode(ReadOnlySpan<byte> page, SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new(layout.MaxPfn.Read(page), layout.PfnToMfnFrameListList.Read(page), layout.NmiReason.Read(page),
            layout.P2mCr3.Read(page), layout.P2mVaddr.Read(page), layout.P2mGeneration.Read(page));
    }

    /// <summary>Stores the values in a page.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value does not fit in the layout's words.</exception>
    public void Encode(Span<byte> page, SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        layout.MaxPfn.Write(page, MaxPfn);
        layout.PfnToMfnFrameListList.Write(page, PfnToMfnFrameListList);
        layout.NmiReason.Write(page, NmiReason);
        layout.P2mCr3.Write(page, P2mCr3);
        layout.P2mVaddr.Write(page, P2mVaddr);
        layout.P2mGeneration.Write(page, P2mGeneration);
    }
}
