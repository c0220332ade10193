namespace XenShared.Layout;

/// <summary>
/// Describes the layout of <c>struct shared_info</c> for 64-bit x86, 32-bit x86 or Arm. The layouts have not changed from Xen 4.8 to 4.23.
/// They are from <c>xen/include/public/xen.h</c>, <c>arch-x86/xen.h</c> and <c>arch-arm.h</c>, and tests compare them with these headers.
/// </summary>
public sealed class SharedInfoLayout
{
    /// <summary>The size of the page in bytes.</summary>
    public const int PageSize = 4096;

    private SharedInfoLayout(GuestLayout layout, int word, int slots, VcpuInfoLayout vcpu, bool hasArch, bool secHiInArch)
    {
        Layout = layout;
        WordBytes = word;
        SlotCount = slots;
        Vcpu = vcpu;
        var bits = word * 8;
        PendingOffset = slots * vcpu.Size;
        BitmapBytes = bits * word;
        MaskOffset = PendingOffset + BitmapBytes;
        var clock = MaskOffset + BitmapBytes;
        WallClockVersion = new("wc_version", clock, 4);
        WallClockSeconds = new("wc_sec", clock + 4, 4);
        WallClockNanoseconds = new("wc_nsec", clock + 8, 4);
        // Xen added the high seconds later than the other fields. On 32-bit x86, no space was left for them before the structure arch, so
        // they became the last member of arch.
        var archStart = clock + (secHiInArch ? 12 : 16);
        WallClockSecondsHigh = new(secHiInArch ? "arch.wc_sec_hi" : "wc_sec_hi", secHiInArch ? archStart + 6 * word : clock + 12, 4);
        HasArch = hasArch;
        if (hasArch)
        {
            MaxPfn = new("arch.max_pfn", archStart, word);
            PfnToMfnFrameListList = new("arch.pfn_to_mfn_frame_list_list", archStart + word, word);
            NmiReason = new("arch.nmi_reason", archStart + 2 * word, word);
            P2mCr3 = new("arch.p2m_cr3", archStart + 3 * word, word);
            P2mVaddr = new("arch.p2m_vaddr", archStart + 4 * word, word);
            P2mGeneration = new("arch.p2m_generation", archStart + 5 * word, word);
        }
        Size = archStart + (hasArch ? 6 * word : 0) + (secHiInArch ? 4 : 0);
    }

    /// <summary>Gets the layout of 64-bit x86.</summary>
    public static SharedInfoLayout X86_64 { get; } =
        new(
            GuestLayout.X86_64,
            word: 8,
            slots: 32,
            new VcpuInfoLayout(64, 8, hasUpcallMask: true, cr2: 16, time: 32),
            hasArch: true,
            secHiInArch: false);

    /// <summary>Gets the layout of 32-bit x86.</summary>
    public static SharedInfoLayout X86_32 { get; } =
        new(
            GuestLayout.X86_32,
            word: 4,
            slots: 32,
            new VcpuInfoLayout(64, 4, hasUpcallMask: true, cr2: 8, time: 32),
            hasArch: true,
            secHiInArch: true);

    /// <summary>Gets the layout of Arm, where <c>xen_ulong_t</c> has 64 bits in 32-bit and 64-bit guests.</summary>
    public static SharedInfoLayout Arm { get; } =
        new(
            GuestLayout.Arm,
            word: 8,
            slots: 1,
            new VcpuInfoLayout(48, 8, hasUpcallMask: false, cr2: null, time: 16),
            hasArch: false,
            secHiInArch: false);

    /// <summary>Gets the three layouts.</summary>
    public static IReadOnlyList<SharedInfoLayout> All { get; } = [X86_64, X86_32, Arm];

    /// <summary>Gets the identifier of the layout.</summary>
    public GuestLayout Layout { get; }

    /// <summary>Gets the size of <c>xen_ulong_t</c>, the unit of the bitmaps, in bytes: 4 or 8.</summary>
    public int WordBytes { get; }

    /// <summary>Gets the number of slots, which are the places for a <c>vcpu_info</c> in the page (<c>XEN_LEGACY_MAX_VCPUS</c>).</summary>
    public int SlotCount { get; }

    /// <summary>Gets the layout of each <c>vcpu_info</c> in the page.</summary>
    public VcpuInfoLayout Vcpu { get; }

    /// <summary>Gets the offset of <c>evtchn_pending</c> in bytes.</summary>
    public int PendingOffset { get; }

    /// <summary>Gets the offset of <c>evtchn_mask</c> in bytes.</summary>
    public int MaskOffset { get; }

    /// <summary>Gets the size of each bitmap in bytes.</summary>
    public int BitmapBytes { get; }

    /// <summary>Gets the number of two-level ports, which is the number of bits in a bitmap.</summary>
    public int PortCount => BitmapBytes * 8;

    /// <summary>Gets the version counter of the wall clock, which is odd while Xen writes it.</summary>
    public LayoutField WallClockVersion { get; }

    /// <summary>Gets the low 32 bits of the Unix time at which Xen's system time was 0.</summary>
    public LayoutField WallClockSeconds { get; }

    /// <summary>Gets the nanoseconds of the time in <see cref="WallClockSeconds"/>.</summary>
    public LayoutField WallClockNanoseconds { get; }

    /// <summary>Gets the high 32 bits of the time in <see cref="WallClockSeconds"/>.</summary>
    public LayoutField WallClockSecondsHigh { get; }

    /// <summary>
    /// Gets a value indicating whether the page has the fields of <c>arch_shared_info</c>. False on Arm, where the structure is empty, so
    /// <see cref="MaxPfn"/> to <see cref="P2mGeneration"/> have no offset and cannot be read.
    /// </summary>
    public bool HasArch { get; }

    /// <summary>Gets the guest's highest PFN plus one.</summary>
    public LayoutField MaxPfn { get; }

    /// <summary>Gets the MFN of the root of the older P2M tree; 0 or all ones if unused.</summary>
    public LayoutField PfnToMfnFrameListList { get; }

    /// <summary>Gets the reasons of the last NMI, as bits.</summary>
    public LayoutField NmiReason { get; }

    /// <summary>
    /// Gets the CR3 value of the page tables in which <see cref="P2mVaddr"/> is valid; 0 if the guest has no linear P2M list.
    /// </summary>
    public LayoutField P2mCr3 { get; }

    /// <summary>Gets the virtual address of the linear P2M list, which has one entry for each PFN.</summary>
    public LayoutField P2mVaddr { get; }

    /// <summary>Gets the version counter of the guest's P2M, which is odd during a change.</summary>
    public LayoutField P2mGeneration { get; }

    /// <summary>Gets the size of the structure in bytes.</summary>
    public int Size { get; }

    /// <summary>Gets all fields except the slots and the bitmaps, in the order of their offsets.</summary>
    public IEnumerable<LayoutField> Fields =>
        new[] { WallClockVersion, WallClockSeconds, WallClockNanoseconds, WallClockSecondsHigh }
            .Concat(HasArch ? [MaxPfn, PfnToMfnFrameListList, NmiReason, P2mCr3, P2mVaddr, P2mGeneration] : [])
            .OrderBy(member => member.Offset);

    /// <summary>
    /// Gets the ranges under a version counter: the clocks of the slots in their order, the wall clock, and the P2M fields on x86.
    /// </summary>
    internal SeqlockRange[] SeqlockRanges => field ??= [.. CreateSeqlockRanges()];

    /// <summary>Returns the description of <paramref name="layout"/>.</summary>
    public static SharedInfoLayout ForLayout(GuestLayout layout) => layout switch
    {
        GuestLayout.X86_64 => X86_64,
        GuestLayout.X86_32 => X86_32,
        GuestLayout.Arm => Arm,
        _ => throw new ArgumentOutOfRangeException(nameof(layout), layout, "No such layout."),
    };

    /// <summary>Returns the offset in bytes of the slot of vCPU <paramref name="vcpu"/>; null if the page has no such slot.</summary>
    public int? SlotOffset(int vcpu) => vcpu >= 0 && vcpu < SlotCount ? vcpu * Vcpu.Size : null;

    private IEnumerable<SeqlockRange> CreateSeqlockRanges()
    {
        for (var slot = 0; slot < SlotCount; slot++) yield return SeqlockRange.SlotTime(this, slot);
        yield return SeqlockRange.WallClock(this);
        if (HasArch) yield return SeqlockRange.P2m(this);
    }
}
