using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;

namespace XenShared.Tests.Support;

/// <summary>Creates data for tests that specify only the values that matter to them.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 9, 30, 0, TimeSpan.Zero);

    public static readonly WallClockContent Clock = new(2, 1_795_339_794, 58_692_473);

    public static DomainInfo Domain(
        ushort domId = 5,
        int? pvWidth = 64,
        DomainType type = DomainType.PV,
        int vcpus = 1,
        DomainState state = DomainState.Blocked
    ) =>
        new()
        {
            DomId = domId,
            Uuid = new Guid(domId, 0, 0, new byte[8]),
            Type = type,
            State = state,
            PvWidth = pvWidth,
            SharedInfoFrame = 0xbfc50ul + domId,
            CpuTimeNanoseconds = 7_000_000_000,
            TotalPages = 32768,
            OnlineVcpus = vcpus,
            MaxVcpuId = vcpus - 1,
        };

    public static DomainSample Sample(
        byte[] page,
        double second = 0,
        IReadOnlyCollection<string>? unstable = null,
        params ReadOnlySpan<ulong> runTimes
    ) => new(page, unstable) { TakenAt = Start.AddSeconds(second), Frame = 0x10, Vcpus = Vcpus(runTimes) };

    /// <summary>Creates the page of a two-level guest: every port masked except the given ones, and a plausible clock.</summary>
    public static byte[] TwoLevelPage(SharedInfoLayout layout, params ReadOnlySpan<uint> unmasked)
    {
        var page = ClockPage(layout);
        page.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        foreach (var port in unmasked) Clear(page, layout.MaskOffset, port);
        return page;
    }

    /// <summary>Creates a page that contains only the wall clock.</summary>
    public static byte[] ClockPage(SharedInfoLayout layout)
    {
        var page = new byte[SharedInfoLayout.PageSize];
        Clock.Encode(page, layout);
        return page;
    }

    public static void Set(byte[] page, int bitmap, uint port) => page[bitmap + port / 8] |= (byte)(1 << (int)(port % 8));

    public static void Clear(byte[] page, int bitmap, uint port) => page[bitmap + port / 8] &= (byte)~(1 << (int)(port % 8));

    /// <summary>Creates ports 1 to <paramref name="count"/> of a small Linux guest: xenstore, console, the timer, then IPIs.</summary>
    public static PortTable LinuxPorts(int count = 8) => new(64, Enumerable.Range(1, count).Select(port => port switch
    {
        1 or 2 => new EventChannelStatus((uint)port, ChannelState.Interdomain, 0, 0, (uint)port + 20),
        3 => new EventChannelStatus(3, ChannelState.VirtualIrq, 0, Irq: 0),
        _ => new EventChannelStatus((uint)port, ChannelState.Ipi),
    }).ToArray());

    /// <summary>Creates a two-level guest with port 3 pending.</summary>
    public static FakeDomain TwoLevelGuest(ushort domId = 5, string? name = "guest")
    {
        var page = TwoLevelPage(SharedInfoLayout.X86_64, 1, 2, 3, 4, 5, 6, 7, 8);
        Set(page, SharedInfoLayout.X86_64.PendingOffset, 3);
        return new FakeDomain { Reading = Domain(domId), Name = name, Samples = [Sample(page)], Ports = LinuxPorts() };
    }

    /// <summary>Creates a guest that uses FIFO channels.</summary>
    public static FakeDomain FifoGuest(ushort domId = 6, string? name = "fifo") =>
        new() { Reading = Domain(domId), Name = name, Samples = [Sample(ClockPage(SharedInfoLayout.X86_64))], Ports = LinuxPorts() };

    public static NamePattern Pattern(string text) =>
        new(text, text.Contains('*', StringComparison.Ordinal), name =>
            System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(text, name));

    public static XenException Error(XenErrorId id, ushort domId = 5) =>
        new(id, $"Something happened to domain {domId}", "do something")
        {
            DomId = domId,
            Operation = "xc_something",
            Errno = 3,
        };

    private static VcpuRunState[] Vcpus(ReadOnlySpan<ulong> runTimes)
    {
        var vcpus = new VcpuRunState[runTimes.Length];
        for (var vcpu = 0; vcpu < vcpus.Length; vcpu++)
            vcpus[vcpu] = new VcpuRunState(vcpu, Online: true, Blocked: false, Running: true, runTimes[vcpu]);
        return vcpus;
    }
}
