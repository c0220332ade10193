using XenShared.Files.DebugKeys;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Creates page and vCPU objects from the latest page of an inspected guest.</summary>
internal sealed class SharedInfoView
{
    private readonly GuestInspection _guest;
    private readonly DomainSample _sample;
    private readonly SharedInfoLayout _layout;
    private readonly string _hostName;
    private readonly Dictionary<int, LocatedVcpuInfo> _records;

    public SharedInfoView(GuestInspection guest, DomainSample sample, SharedInfoLayout layout, string hostName)
    {
        _guest = guest;
        _sample = sample;
        _layout = layout;
        _hostName = hostName;
        _records = guest.VcpuRecords.DistinctBy(record => record.Vcpu).ToDictionary(record => record.Vcpu);
        var vcpus = guest.Domain.MaxVcpuId is { } highest ? highest + 1 : 0;
        // Unstable names the ranges of fields that Xen was writing while the page was copied. It has only ranges that are decoded: those of
        // this layout, and of the slots of existing vCPUs.
        Unstable = new ValueList<string>(Ranges(layout, vcpus).Where(IsWritten).Select(range => range.Name));
        Vcpus = new ValueList<XenVcpuInfo>(Enumerable.Range(0, vcpus).Select(ToVcpuInfo));
    }

    public IReadOnlyList<XenVcpuInfo> Vcpus { get; }

    /// <summary>
    /// Creates the vCPU object of a guest without a page, whose layout is not known. Both x86 layouts have the upcall bytes and the clock
    /// at the same offsets. Selector and CR2 are returned only if the 64-bit selector is all ones. Xen sets that value when a kernel
    /// registers the record, and in the 32-bit layout those bytes never have it.
    /// </summary>
    public static XenVcpuInfo WithoutPage(GuestInspection guest, LocatedVcpuInfo record, string hostName)
    {
        var layout = SharedInfoLayout.X86_64.Vcpu;
        var info = Located(
            new XenVcpuInfo
            {
                DomId = guest.Domain.DomId,
                DomainName = guest.Name,
                Vcpu = record.Vcpu,
                HostName = hostName,
            },
            record,
            layout);
        return layout.PendingSelector.Read(record.Bytes.Span) == ulong.MaxValue ? info : info with { PendingSelector = null, Cr2 = null };
    }

    /// <summary>
    /// Creates the vCPU object from the output of debug key <c>q</c>, which contains the upcall bytes of the record that Xen uses, or from
    /// that of <c>xl vcpu-list</c>.
    /// </summary>
    public static XenVcpuInfo FromOutput(
        GuestInspection guest,
        HypervisorDomainState state,
        HypervisorVcpu vcpu,
        IXenDataSource target)
    {
        var hasRecord = vcpu.UpcallPending is not null;
        return new XenVcpuInfo
        {
            DomId = guest.Domain.DomId,
            DomainName = guest.Name,
            Vcpu = vcpu.Vcpu,
            UpcallPending = vcpu.UpcallPending,
            UpcallMask = vcpu.UpcallMask,
            PendingSelector = vcpu.PendingSelector,
            RunState = state.StateOf(vcpu),
            PolledPort = vcpu.PolledPort,
            PauseCount = vcpu.PauseCount,
            PauseFlags = vcpu.PauseFlags,
            Cpu = vcpu.Cpu,
            HardAffinity = vcpu.HardAffinity,
            SoftAffinity = vcpu.SoftAffinity,
            Location = hasRecord || state.Output != StateOutput.DebugKey ? "not printed" : "none: offline",
            IsLive = hasRecord ? true : null,
            LiveEvidence =
                state.Output == StateOutput.VcpuList ? "'xl vcpu-list' prints nothing of the record"
                : state.Output == StateOutput.LinuxDebug ? "Linux printed the record that it uses, without CR2 and clock"
                : hasRecord ? "debug key 'q' prints the upcalls of the record that Xen uses, without selector, CR2 and clock"
                : "the guest has not brought the vCPU up",
            Source = hasRecord && state.Output == StateOutput.DebugKey ? StateSource.Hypervisor : null,
            TakenAt = target.DomainStates?.GetTime(guest.Domain.DomId),
            HostName = target.Host.HostName,
        };
    }

    /// <summary>Returns the text for the place of a record outside the shared page, such as <c>PFN 0x1f2e+0x40</c>.</summary>
    public static string LocationOf(LocatedVcpuInfo record) =>
        record.Source == StateSource.Kernel ? "xen_vcpu_info" : $"PFN 0x{record.Pfn:x}+0x{record.Offset:x}";

    public IReadOnlyList<string> Unstable { get; }

    public XenSharedInfo ToSharedInfo(string layoutEvidence) => new()
    {
        DomId = _guest.Domain.DomId,
        DomainName = _guest.Name,
        Layout = _layout.Layout,
        LayoutEvidence = layoutEvidence,
        EventAbi = _guest.Abi.Abi,
        AbiEvidence = _guest.Abi.Evidence,
        Frame = _sample.Frame,
        TakenAt = _sample.TakenAt,
        WallClock = IsUnstable(SeqlockRange.WallClockName(_layout.Layout)) ? null : ToWallClock(),
        Vcpu = Vcpus,
        PendingPort = PortsWhere(_layout.PendingOffset, isSet: true),
        UnmaskedPort = PortsWhere(_layout.MaskOffset, isSet: false),
        Arch = _layout.HasArch ? ToArch() : null,
        Unstable = Unstable,
        Bytes = _sample.Page.ToArray(),
        HostName = _hostName,
    };

    private ReadOnlySpan<byte> Page => _sample.Page.Span;

    private bool IsUnstable(string range) => Unstable.Contains(range);

    private static IEnumerable<SeqlockRange> Ranges(SharedInfoLayout layout, int vcpus)
    {
        yield return SeqlockRange.WallClock(layout);
        if (layout.HasArch) yield return SeqlockRange.P2m(layout);
        for (var vcpu = 0; vcpu < Math.Min(vcpus, layout.SlotCount); vcpu++) yield return SeqlockRange.SlotTime(layout, vcpu);
    }

    // Returns true if Xen was writing the range while the page was copied. If this program copied the page, the sample lists such ranges. A
    // page from a file has no list. There, an odd version counter shows that Xen was writing.
    private bool IsWritten(SeqlockRange range) =>
        _sample.Unstable.Contains(range.Name) || (range.Version.Read(Page) & 1) != 0;

    private ValueList<uint>? PortsWhere(int bitmapOffset, bool isSet)
    {
        if (_guest.Abi.Abi != EventAbi.TwoLevel || _guest.Ports is not { } ports)
            return null;
        var bitmap = _sample.Page.Slice(bitmapOffset, _layout.BitmapBytes);
        return new ValueList<uint>(ports.Bound
            .Where(port =>
                (port.State is not null || ports.Listing == PortTableCompleteness.Inferred)
                && port.Port < _layout.PortCount
                && EventBitmap.IsSet(bitmap.Span, port.Port) == isSet)
            .Select(port => port.Port));
    }

    private XenVcpuInfo ToVcpuInfo(int vcpu)
    {
        var live = SlotLiveness.Deduce(_guest.Samples, _layout, vcpu);
        var info = new XenVcpuInfo
        {
            DomId = _guest.Domain.DomId,
            DomainName = _guest.Name,
            Vcpu = vcpu,
            IsLive = live.IsLive,
            LiveEvidence = live.Evidence,
            TakenAt = _sample.TakenAt,
            HostName = _hostName,
        };
        if (live.IsLive != true && _records.GetValueOrDefault(vcpu) is { } located) return Located(info, located, _layout.Vcpu);
        if (_layout.SlotOffset(vcpu) is not { } offset)
            return info with { Location = $"none: the page has {_layout.SlotCount} slots" };
        var noClock = IsUnstable(SeqlockRange.SlotTimeName(vcpu)) || _layout.Layout == GuestLayout.Arm;
        return Filled(info, Page[offset..], _layout.Vcpu, noClock) with
        {
            Location = $"page+0x{offset:x}",
            Source = StateSource.SharedPage,
        };
    }

    private static XenVcpuInfo Located(XenVcpuInfo info, LocatedVcpuInfo record, VcpuInfoLayout layout) =>
        Filled(info, record.Bytes.Span, layout, record.IsUnstable) with
        {
            IsLive = record.IsProved ? true : null,
            LiveEvidence = record.Evidence,
            TakenAt = record.TakenAt,
            Location = LocationOf(record),
            Source = record.Source,
        };

    private static XenVcpuInfo Filled(XenVcpuInfo info, ReadOnlySpan<byte> record, VcpuInfoLayout layout, bool noClock) => info with
    {
        UpcallPending = layout.UpcallPending.Read(record) != 0,
        UpcallMask = layout.UpcallMask is { } mask ? mask.Read(record) != 0 : null,
        PendingSelector = layout.PendingSelector.Read(record),
        Cr2 = layout.Cr2?.Read(record),
        Time = noClock ? null : ToTime(record, layout),
    };

    private static XenVcpuTime ToTime(ReadOnlySpan<byte> record, VcpuInfoLayout layout) => new()
    {
        Version = (uint)layout.Version.Read(record),
        TscTimestamp = layout.TscTimestamp.Read(record),
        SystemTime = TimeSpan.FromTicks((long)(layout.SystemTime.Read(record) / 100)),
        SystemTimeNanoseconds = layout.SystemTime.Read(record),
        TscToSystemMul = (uint)layout.TscToSystemMul.Read(record),
        TscShift = (sbyte)layout.TscShift.Read(record),
        Flags = (PvclockFlags)layout.Flags.Read(record),
    };

    private XenWallClock ToWallClock()
    {
        var seconds = _layout.WallClockSecondsHigh.Read(Page) << 32 | _layout.WallClockSeconds.Read(Page);
        var nanoseconds = (uint)_layout.WallClockNanoseconds.Read(Page);
        return new XenWallClock
        {
            Version = (uint)_layout.WallClockVersion.Read(Page),
            Time = seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds() && nanoseconds < 1_000_000_000
                ? DateTimeOffset.FromUnixTimeSeconds((long)seconds).AddTicks(nanoseconds / 100)
                : null,
            Seconds = seconds,
            Nanoseconds = nanoseconds,
        };
    }

    private XenArchInfo ToArch()
    {
        var unstable = IsUnstable(SeqlockRange.P2mName(_layout.Layout));
        return new XenArchInfo
        {
            MaxPfn = _layout.MaxPfn.Read(Page),
            PfnToMfnFrameListList = _layout.PfnToMfnFrameListList.Read(Page),
            NmiReason = _layout.NmiReason.Read(Page),
            P2mCr3 = unstable ? null : _layout.P2mCr3.Read(Page),
            P2mVaddr = unstable ? null : _layout.P2mVaddr.Read(Page),
            P2mGeneration = unstable ? null : _layout.P2mGeneration.Read(Page),
        };
    }
}
