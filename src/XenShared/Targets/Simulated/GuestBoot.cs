using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>Writes the memory of a guest as Xen, the domain builder and the guest's kernel leave it after the start.</summary>
internal static class GuestBoot
{
    // The clock parameters for a TSC of 2.4 GHz. Multiplier is twice the nanoseconds per TSC tick (10^9 / 2.4e9), as a fraction of 2^32.
    // Shift -1 halves it again.
    private const uint Multiplier = 3_579_139_413;
    private const sbyte Shift = -1;

    private const ulong FrozenAt = 3_000_000_000;

    public static void Fill(SimulatedGuest guest, SimulatedMemory memory)
    {
        var plan = guest.Plan;
        if (guest.PageFrame is null) return;
        var page = guest.SharedPage();
        FillBitmaps(guest, page);
        if (plan.Kind == SimulatedKind.HvmTwoLevel) SimulatedGuest.XenStart.Encode(page, SharedInfoLayout.X86_32);
        SimulatedGuest.XenStart.Encode(page, plan.Layout);
        if (plan.Type == DomainType.PV) FillPv(guest, memory, page);
        foreach (var vcpu in guest.Vcpus)
        {
            if (plan.Layout.SlotOffset(vcpu.Number) is { } slot) WriteTime(page.AsSpan(slot), plan.Layout.Vcpu, FrozenAt, FrozenAt);
            // A guest without a vcpu_info outside the shared page needs nothing more. When a guest registers a place for its vcpu_info, Xen
            // sets all selector bits there, so that the guest checks every word. Only a FIFO guest never clears them.
            if (plan.HasRecordsInPage) continue;
            var record = memory.Page(vcpu.RecordFrame).AsSpan(vcpu.RecordOffset);
            WriteTime(record, plan.Layout.Vcpu, guest.SystemTime, guest.TscTime(vcpu));
            if (plan.Abi == EventAbi.Fifo)
                plan.Layout.Vcpu.PendingSelector.Write(record, plan.Layout.WordBytes == 8 ? ulong.MaxValue : uint.MaxValue);
        }
        if (plan.Abi == EventAbi.Fifo) FillArray(guest, memory.Page(guest.ArrayFrame));
    }

    /// <summary>Writes a clock like Xen: odd version, fields, even version.</summary>
    /// <param name="record">The bytes of the <c>vcpu_info</c>.</param>
    /// <param name="layout">The layout of the <c>vcpu_info</c>.</param>
    /// <param name="systemTime">Xen's system time in nanoseconds.</param>
    /// <param name="tscTime">The time that the TSC shows, in nanoseconds.</param>
    public static void WriteTime(Span<byte> record, VcpuInfoLayout layout, ulong systemTime, ulong tscTime)
    {
        var version = (uint)layout.Version.Read(record) + 1 | 1;
        layout.Version.Write(record, version);
        layout.TscTimestamp.Write(record, tscTime / 5 * 12);
        layout.SystemTime.Write(record, systemTime);
        layout.TscToSystemMul.Write(record, Multiplier);
        layout.TscShift.Write(record, unchecked((byte)Shift));
        layout.Flags.Write(record, (ulong)PvclockFlags.TscStable);
        layout.Version.Write(record, version + 1);
    }

    private static void FillBitmaps(SimulatedGuest guest, byte[] page)
    {
        var plan = guest.Plan;
        var layout = plan.Layout;
        if (plan.Kind == SimulatedKind.PvRestored) page.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        if (plan.Abi == EventAbi.Fifo || !plan.TakesUpcalls)
        {
            // GRUB reads the bits itself and clears none of them. So its first events remain pending, and its upcall and selector bit
            // remain set.
            if (plan.Kind == SimulatedKind.Grub)
                (page[layout.PendingOffset], page[layout.Vcpu.PendingSelector.Offset], page[0]) = (0b110, 1, 1);
            return;
        }
        page.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        foreach (var port in plan.Ports.Where(port => port is { StartsMasked: false, Reading.State: not null }))
            AtomicField.ClearBits(page, layout.MaskOffset + (int)(port.Reading.Port / 32) * 4, 4, 1u << (int)(port.Reading.Port % 32));
    }

    private static void FillArray(SimulatedGuest guest, byte[] array)
    {
        for (var port = 0; port < EventWord.PerPage; port++)
        {
            var listens =
                guest.Ports.TryGetValue((uint)port, out var planned) && planned is { StartsMasked: false, Reading.State: not null };
            if (!listens)
                AtomicField.SetBits(array, port * 4, 4, EventWordBits.Masked);
        }
    }

    private static void FillPv(SimulatedGuest guest, SimulatedMemory memory, byte[] page)
    {
        var layout = guest.Plan.Layout;
        var isWide = layout.Layout == GuestLayout.X86_64;
        if (guest.Plan.TakesUpcalls && layout.HasArch)
        {
            new ArchInfoContent(
                GuestPlan.MemoryPages,
                0,
                0,
                isWide ? memory.P2mRoot << 12 : 0,
                isWide ? SimulatedMemory.P2mAddress : 0,
                0
            ).Encode(page, layout);
        }
        if (guest.Plan.HasRecordsInPage) return;
        // The domain builder masks the upcalls in every slot of the page. The kernel registers a vcpu_info elsewhere and unmasks the
        // upcalls only there, so those in the slots remain masked.
        for (var slot = 0; slot < layout.SlotCount; slot++) page[layout.SlotOffset(slot)!.Value + 1] = 1;
    }
}
