namespace XenShared.Layout;

/// <summary>Bytes that Xen (or the guest) writes under a version counter.</summary>
/// <param name="Name">How the range is named where it could not be read, such as <c>X86_64 wall clock</c>.</param>
/// <param name="Version">The counter, at an offset from the start of the page.</param>
/// <param name="Offset">First byte of the range.</param>
/// <param name="Length">Bytes of the range.</param>
public readonly record struct SeqlockRange(string Name, LayoutField Version, int Offset, int Length)
{
    /// <summary>
    /// Returns the wall clock of <paramref name="layout"/>; its high seconds lie outside on 32-bit x86 and never change in practice.
    /// </summary>
    public static SeqlockRange WallClock(SharedInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var end = layout.WallClockSecondsHigh.Offset == layout.WallClockNanoseconds.Offset + 4 ? 16 : 12;
        return new(WallClockName(layout.Layout), layout.WallClockVersion, layout.WallClockVersion.Offset, end);
    }

    /// <summary>Returns the clock record of slot <paramref name="slot"/>.</summary>
    public static SeqlockRange SlotTime(SharedInfoLayout layout, int slot)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var time = slot * layout.Vcpu.Size + layout.Vcpu.TimeOffset;
        return new(SlotTimeName(slot), layout.Vcpu.Version with { Offset = time }, time, 32);
    }

    /// <summary>Returns the clock of a record that begins at offset 0.</summary>
    public static SeqlockRange RecordTime(VcpuInfoLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new("vCPU time", layout.Version, layout.TimeOffset, 32);
    }

    /// <summary>Returns the P2M words of the architecture part, under the guest's own counter.</summary>
    public static SeqlockRange P2m(SharedInfoLayout layout, ArchInfoLayout arch)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(arch);
        return new(P2mName(layout.Layout), arch.P2mGeneration, arch.P2mCr3.Offset, 3 * layout.WordBytes);
    }

    /// <summary>Name of a layout's wall clock range.</summary>
    public static string WallClockName(GuestLayout layout) => $"{layout} wall clock";

    /// <summary>Name of a slot's clock range, the same in both x86 layouts.</summary>
    public static string SlotTimeName(int slot) => $"vCPU {slot} time";

    /// <summary>Name of a layout's P2M range.</summary>
    public static string P2mName(GuestLayout layout) => $"{layout} P2M";
}
