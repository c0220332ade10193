using XenShared.Layout;

namespace XenShared.Native.Tests.Fake;

/// <summary>Represents a host with one domain of each kind. Tests make one part fail, and check that the others are not affected.</summary>
public static class StandardHost
{
    public const ushort Control = 0;

    /// <summary>A 64-bit PV guest with two-level channels: port 3 is pending, and port 4 is masked.</summary>
    public const ushort Pv = 1;

    /// <summary>A 32-bit PV guest with two-level channels.</summary>
    public const ushort Pv32 = 2;

    /// <summary>A PVH guest with FIFO channels.</summary>
    public const ushort Pvh = 5;

    /// <summary>An HVM guest while its firmware runs, with ports that Xen consumes.</summary>
    public const ushort Hvm = 7;

    /// <summary>An HVM guest that was just created, and has no page yet.</summary>
    public const ushort Starting = 9;

    public const ulong PvFrame = 0xbfc58;
    public const ulong PvhFrame = 0x10;
    public const ulong HvmFrame = 0xfdfff;

    /// <summary>Gets all domain numbers, lowest first.</summary>
    public static IReadOnlyList<ushort> DomIds { get; } = [Control, Pv, Pv32, Pvh, Hvm, Starting];

    /// <summary>Creates the host with Xen 4.<paramref name="minor"/>.</summary>
    public static FakeHost Create(int minor = FakeXenFixture.LibraryMinor) =>
        new FakeHost(minor)
            .Domain(Control, "running", 0xbf000, new FakePage(SharedInfoLayout.X86_64).Clock().Slot(0, 2, 1_000_000).Bytes)
            .Line($"uuid 00000000000000000000000000000000")
            .Line($"pages 262144")
            .Line($"online 2")
            .Line($"max_vcpu 1")
            .Line($"cpu_time 90000000000")
            .Line($"vcpu 0 online running 50000000000 0")
            .Line($"vcpu 1 online blocked 40000000000 1")
            .Line($"port 1 virq 0")
            .Line($"port 2 ipi vcpu 1")
            .Line($"port 20 interdomain {Pv} 1")
            .Line($"port 21 interdomain {Pv} 2")
            .Domain(
                Pv,
                "blocked",
                PvFrame,
                new FakePage(SharedInfoLayout.X86_64)
                    .Clock()
                    .Slot(0, 6, 2_000_000_000)
                    .Slot(1, 8, 2_500_000_000)
                    .TwoLevel(1, 2, 3, 5)
                    .Pending(3)
                    .P2m(0x8000, 4)
                    .Bytes)
            .Line($"uuid 0f1e2d3c4b5a69788796a5b4c3d2e1f0")
            .Line($"pages 32768")
            .Line($"online 2")
            .Line($"max_vcpu 1")
            .Line($"cpu_time 1500000000")
            .Line($"width 8")
            .Line($"vcpu 0 online blocked 1000000000 0")
            .Line($"vcpu 1 online blocked 500000000 1")
            .Line($"context 0 0xffffffff81001234 0x246 0xffffffff81e01230")
            .Line($"context 1 0xffffffff81005678 0x246 0xffffffff81e01230")
            .Line($"port 1 interdomain 0 20")
            .Line($"port 2 interdomain 0 21")
            .Line($"port 3 virq 0")
            .Line($"port 4 ipi vcpu 1")
            .Line($"port 5 unbound 0")
            .Line($"port 6 pirq 9 vcpu 1")
            .Line($"store /local/domain/1/name web one")
            .Line($"store /local/domain/1/store/port 1")
            .Line($"store /local/domain/1/console/port 2")
            .Line($"store /local/domain/1/device/vif/0/queue-0/event-channel-tx 5")
            .Line($"store /local/domain/1/device/vif/0/state 4")
            .Domain(
                Pv32,
                "paused",
                0xbf777,
                new FakePage(SharedInfoLayout.X86_32).Clock().Slot(0, 4, 3_000_000).TwoLevel(1, 2).Pending(2).Bytes)
            .Line($"uuid 22222222222222222222222222222222")
            .Line($"pages 16384")
            .Line($"online 1")
            .Line($"max_vcpu 0")
            .Line($"width 4")
            .Line($"vcpu 0 online idle 10 0")
            .Line($"context 0 0xc1001234 0x246 0xc1e01230")
            .Line($"port 1 interdomain 0 30")
            .Line($"port 2 virq 0")
            .Line($"store /local/domain/2/name old")
            .Domain(Pvh, "hvm hap blocked", PvhFrame, new FakePage(SharedInfoLayout.X86_64).Clock().Slot(0, 2, 5_000_000).Bytes)
            .Line($"uuid 55555555555555555555555555555555")
            .Line($"pages 32768")
            .Line($"online 1")
            .Line($"max_vcpu 0")
            .Line($"emulation 0x1")
            .Line($"vcpu 0 online blocked 777 0")
            .Line($"context 0 0xffffffff81001234 0x246 0")
            .Line($"apic 0 0 0x10 0xf3 0xec")
            .Line($"callback_irq 1")
            .Line($"port 1 interdomain 0 40")
            .Line($"port 2 virq 0")
            .Line($"port 3 ipi")
            .Line($"store /local/domain/5/name db")
            .Domain(Hvm, "hvm hap running", HvmFrame, new FakePage(SharedInfoLayout.X86_32).Clock().Slot(0, 30, 6_000_000).Bytes)
            .Line($"uuid 77777777777777777777777777777777")
            .Line($"pages 49152")
            .Line($"online 1")
            .Line($"max_vcpu 0")
            .Line($"emulation 0x1ff")
            .Line($"vcpu 0 online running 888 1")
            .Line($"context 0 0xfd012 0x46 0")
            .Line($"apic 0 2 0 0 0")
            .Line($"port 1 interdomain 0 50")
            .Line($"port 3 xen")
            .Line($"port 4 xen")
            .Line($"store /local/domain/7/name win")
            .Domain(Starting, "hvm hap paused", null)
            .Line($"uuid 99999999999999999999999999999999")
            .Line($"pages 1024")
            .Line($"online 0")
            .Line($"max_vcpu 0")
            .Line($"emulation 0x1ff")
            .Line($"vcpu 0 offline idle 0 0")
            .Line($"store /local/domain/9/name new");
}
