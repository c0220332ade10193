namespace XenShared.Layout;

/// <summary>
/// One shape of <c>struct shared_info</c>, as data. The three shapes did not change from Xen 4.8 to 4.22; they are taken from
/// <c>xen/include/public/xen.h</c>, <c>arch-x86/xen.h</c> and <c>arch-arm.h</c> and compared with those headers by a compiled program in
/// the tests.
/// </summary>
public sealed class SharedInfoLayout
{
    /// <summary>Bytes of the page that holds the structure.</summary>
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
        // 32-bit x86 had no room left before arch, so the high seconds became arch's last member.
        var archStart = clock + (secHiInArch ? 12 : 16);
        WallClockSecondsHigh = new(secHiInArch ? "arch.wc_sec_hi" : "wc_sec_hi", secHiInArch ? archStart + 6 * word : clock + 12, 4);
        Arch = hasArch ? new ArchInfoLayout(archStart, word) : null;
        Size = archStart + (hasArch ? 6 * word : 0) + (secHiInArch ? 4 : 0);
    }

    /// <summary>64-bit x86.</summary>
    public static SharedInfoLayout X86_64 { get; } =
        new(
            GuestLayout.X86_64,
            word: 8,
            slots: 32,
            new VcpuInfoLayout(64, 8, hasUpcallMask: true, cr2: 16, time: 32),
            hasArch: true,
            secHiInArch: false);

    /// <summary>32-bit x86.</summary>
    public static SharedInfoLayout X86_32 { get; } =
        new(
            GuestLayout.X86_32,
            word: 4,
            slots: 32,
            new VcpuInfoLayout(64, 4, hasUpcallMask: true, cr2: 8, time: 32),
            hasArch: true,
            secHiInArch: true);

    /// <summary>Arm; its <c>xen_ulong_t</c> has 64 bits on both widths.</summary>
    public static SharedInfoLayout Arm { get; } =
        new(
            GuestLayout.Arm,
            word: 8,
            slots: 1,
            new VcpuInfoLayout(48, 8, hasUpcallMask: false, cr2: null, time: 16),
            hasArch: false,
            secHiInArch: false);

    /// <summary>Gets the three shapes.</summary>
    public static IReadOnlyList<SharedInfoLayout> All { get; } = [X86_64, X86_32, Arm];

    /// <summary>Gets which shape this is.</summary>
    public GuestLayout Layout { get; }

    /// <summary>Bytes of <c>xen_ulong_t</c>, the unit of the bitmaps: 4 or 8.</summary>
    public int WordBytes { get; }

    /// <summary>vCPU slots in the page (<c>XEN_LEGACY_MAX_VCPUS</c>).</summary>
    public int SlotCount { get; }

    /// <summary>Gets the members of a slot.</summary>
    public VcpuInfoLayout Vcpu { get; }

    /// <summary>Gets where <c>evtchn_pending</c> starts.</summary>
    public int PendingOffset { get; }

    /// <summary>Gets where <c>evtchn_mask</c> starts.</summary>
    public int MaskOffset { get; }

    /// <summary>Bytes of each bitmap.</summary>
    public int BitmapBytes { get; }

    /// <summary>Gets two-level ports: the bits of a bitmap.</summary>
    public int PortCount => BitmapBytes * 8;

    /// <summary>Version counter of the wall clock: odd while Xen writes it.</summary>
    public LayoutField WallClockVersion { get; }

    /// <summary>Low 32 bits of the Unix time at which Xen's system time was 0.</summary>
    public LayoutField WallClockSeconds { get; }

    /// <summary>Gets its nanoseconds.</summary>
    public LayoutField WallClockNanoseconds { get; }

    /// <summary>Gets its high 32 bits.</summary>
    public LayoutField WallClockSecondsHigh { get; }

    /// <summary>Gets the architecture part; null on Arm, where it is empty.</summary>
    public ArchInfoLayout? Arch { get; }

    /// <summary>Bytes of the structure at the head of the page.</summary>
    public int Size { get; }

    /// <summary>Gets every scalar outside the slots and bitmaps.</summary>
    public IEnumerable<LayoutField> Fields =>
        new[] { WallClockVersion, WallClockSeconds, WallClockNanoseconds, WallClockSecondsHigh }
            .Concat(Arch?.Fields ?? [])
            .OrderBy(member => member.Offset);

    /// <summary>Returns the description of <paramref name="layout"/>.</summary>
    public static SharedInfoLayout ForLayout(GuestLayout layout) => layout switch
    {
        GuestLayout.X86_64 => X86_64,
        GuestLayout.X86_32 => X86_32,
        GuestLayout.Arm => Arm,
        _ => throw new ArgumentOutOfRangeException(nameof(layout), layout, "No such layout."),
    };

    /// <summary>Returns where slot <paramref name="vcpu"/> starts, or null when the page has no slot for it.</summary>
    public int? SlotOffset(int vcpu) => vcpu >= 0 && vcpu < SlotCount ? vcpu * Vcpu.Size : null;
}
