using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Tests.Support;

/// <summary>Represents a real guest of the test bed, as it was captured (<c>Pages/README.md</c>).</summary>
internal sealed class GoldenGuest
{
    private static readonly DateTimeOffset s_takenAt = new(2026, 11, 22, 9, 30, 0, TimeSpan.Zero);

    private readonly string _name;

    private GoldenGuest(string name) => _name = name;

    /// <summary>Gets all guests, the control domain first.</summary>
    public static IReadOnlyList<GoldenGuest> All { get; } =
    [
        new("dom0"),
        new("grub64"),
        new("pv-2l"),
        new("pv-2l-vbd-vif"),
        new("pv-fifo"),
        new("pvh-2l"),
        new("pvh-fifo"),
        new("hvm-2l"),
        new("hvm-fifo"),
    ];

    /// <summary>Gets the names of the guests that were captured both running and paused.</summary>
    public static TheoryData<string> Paused => new(All.Where(guest => guest.WasPaused).Select(guest => guest._name));

    /// <summary>Gets the names of all guests.</summary>
    public static TheoryData<string> Names => new(All.Select(guest => guest._name));

    public string Name => _name;

    public bool WasPaused => _name != "dom0";

    public ReadOnlyMemory<byte> Page => ReadPage("shared_info.bin");

    public ReadOnlyMemory<byte> PausedPage => ReadPage("paused-shared_info.bin");

    public PageReport Report => new(ReadText("shi.txt"));

    public PageReport PausedReport => new(ReadText("paused-shi.txt"));

    public PortTable Ports => ListedPorts.Parse(ReadText("lsevtchn.txt"), Report.HiddenPorts);

    /// <summary>Gets Xen's own view of the ports, taken while the guest was paused if it was paused.</summary>
    public IReadOnlyList<DebugKeyPort> XenView => DebugKeyText.Parse(ReadText(WasPaused ? "paused-key-e.txt" : "key-e.txt"), Report.DomId);

    /// <summary>Gets the ABI according to Xen's own view.</summary>
    public EventAbi Abi => XenView[0].IsFifo ? EventAbi.Fifo : EventAbi.TwoLevel;

    public DomainType Type => _name[..3] switch { "pvh" => DomainType.PVH, "hvm" => DomainType.HVM, _ => DomainType.PV };

    public DomainInfo Reading => new()
    {
        DomId = Report.DomId,
        Uuid = new Guid(1, 2, 3, [.. "golden-0"u8]),
        Type = Type,
        State = WasPaused ? DomainState.Paused : DomainState.Running,
        PvWidth = Type == DomainType.PV ? 64 : null,
        SharedInfoFrame = Report.Frame,
        CpuTimeNanoseconds = 5_000_000_000,
        TotalPages = Report.TotalPages,
        OnlineVcpus = 1,
        MaxVcpuId = 0,
    };

    /// <summary>
    /// Gets the wall clock of the control domain of the same run. Every run of the test bed except the HVM one had a page of it, and none
    /// had a time offset.
    /// </summary>
    public WallClockContent HostClock =>
        Report is var report && _name == "dom0" ? WallClockContent.Decode(Page.Span, SharedInfoLayout.X86_64) : report.WallClock;

    public static GoldenGuest Named(string name) => All.Single(guest => guest._name == name);

    public static DomainSample Sample(ReadOnlyMemory<byte> page, double second = 0, ulong runTime = 0) =>
        new(page)
        {
            TakenAt = s_takenAt.AddSeconds(second),
            Frame = 0x10,
            Vcpus = [new VcpuRunState(0, Online: true, Blocked: true, Running: false, runTime)],
        };

    /// <summary>Returns the page of one stage of the guest's life, by the start of its file name.</summary>
    public ReadOnlyMemory<byte> LifePage(string prefix) =>
        File.ReadAllBytes(Assert.Single(Directory.GetFiles(PathOf("life"), prefix + "*.bin")));

    private ReadOnlyMemory<byte> ReadPage(string file) => File.ReadAllBytes(PathOf(file));

    private string ReadText(string file) => File.ReadAllText(PathOf(file));

    private string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Pages", _name, file);
}
