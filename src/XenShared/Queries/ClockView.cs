using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Queries;

/// <summary>Creates clock objects from the sampled records of domains.</summary>
internal sealed class ClockView
{
    // If the TSC frequencies of a guest and of the control domain differ by more than this fraction, the guest's TSC is scaled. The values
    // that Xen measures for the same TSC differ far less.
    private const double SameFrequency = 0.001;

    private const string DriftRemark =
        "it compares Xen's calibrations; the guest's own wall clock and its NTP state are not known";

    private readonly string _hostName;
    private readonly WallClockContent? _hostClock;
    private readonly VcpuTimeContent[] _control;
    private readonly bool _isControlPv;

    /// <summary>Creates a view that compares domains with the clocks of the control domain.</summary>
    /// <param name="hostName">The name of the host.</param>
    /// <param name="control">The records of the control domain; null if it is not in the data source.</param>
    /// <param name="hostClock">The wall clock of the control domain; null if it is not known.</param>
    public ClockView(string hostName, ClockSeries? control, WallClockContent? hostClock)
    {
        _hostName = hostName;
        _hostClock = hostClock;
        _control = [.. (control?.AllUpdates ?? []).SelectMany(updates => updates).OrderBy(record => record.SystemTime)];
        _isControlPv = control?.Guest.Domain.Type == DomainType.PV;
    }

    /// <summary>Creates the object of a domain.</summary>
    /// <param name="series">The sampled records of the domain.</param>
    /// <param name="tsc">Xen's data about the TSC of the domain; null if not known.</param>
    /// <param name="whyNoTsc">The reason why <paramref name="tsc"/> is null; otherwise null.</param>
    public XenClock Create(ClockSeries series, TscInfo? tsc, string? whyNoTsc)
    {
        var guest = series.Guest;
        var emulation = TscDeduction.Deduce(guest.Domain, tsc, series.AllUpdates, _isControlPv ? _control : []);
        var vcpus = series.Vcpus.Select(vcpu => new VcpuClock(series, vcpu)).ToArray();
        foreach (var vcpu in vcpus) vcpu.Compare(WhyNoDrift(guest.Domain.DomId, vcpu, emulation), _control);
        var clocks = Array.ConvertAll(vcpus, vcpu => vcpu.ToClock());
        var best = clocks.Where(clock => clock.DriftPpm is not null).MinBy(clock => clock.DriftUncertaintyPpm);
        var jumps = clocks.Where(clock => clock.Jump is not null).ToArray();
        var stable = clocks.Where(clock => clock.IsStable is not null).ToArray();
        var mode = tsc is { Mode: <= (uint)TscMode.Pvrdtscp } ? (TscMode?)tsc.Mode : null;
        var frequency = tsc is { KiloHertz: > 0 }
            ? tsc.KiloHertz * 1000UL
            : Array.Find(clocks, clock => clock.TscFrequency > 0)?.TscFrequency;
        var offset = ClockOffset.Between(series.WallClock, _hostClock);
        var whyNoVcpu = WhyNoVcpu(guest);
        var whyNoRecord = vcpus.Length > 0 ? vcpus[0].WhyNoRecord : whyNoVcpu;
        var reasons = new NullReasons();
        reasons.Add(nameof(XenClock.TscMode), mode, whyNoTsc ?? $"Xen reported mode {tsc?.Mode}, which is not known");
        reasons.Add(nameof(XenClock.Incarnation), tsc, whyNoTsc);
        reasons.Add(nameof(XenClock.IsEmulated), emulation.IsEmulated, emulation.WhyNot);
        reasons.Add(nameof(XenClock.TscFrequency), frequency, whyNoRecord);
        reasons.Add(nameof(XenClock.WallClockOffset), offset, WhyNoOffset(series));
        reasons.Add(nameof(XenClock.DriftPpm), best, vcpus.Length > 0 ? vcpus[0].WhyNoDrift : whyNoVcpu);
        reasons.Add(nameof(XenClock.DriftUncertaintyPpm), best, vcpus.Length > 0 ? vcpus[0].WhyNoDrift : whyNoVcpu);
        reasons.Add(nameof(XenClock.Jump), jumps.FirstOrDefault(), vcpus.Length > 0 ? vcpus[0].WhyNoJump : whyNoVcpu);
        reasons.Add(nameof(XenClock.IsStable), stable.FirstOrDefault(), whyNoRecord);
        if (best is not null) reasons.AddRemark(nameof(XenClock.DriftPpm), DriftRemark);
        return new XenClock
        {
            DomId = guest.Domain.DomId,
            DomainName = guest.Name,
            HostName = _hostName,
            TscMode = mode,
            IsEmulated = emulation.IsEmulated,
            TscFrequency = frequency,
            Incarnation = tsc?.Incarnation,
            WallClockOffset = offset,
            DriftPpm = best?.DriftPpm,
            DriftUncertaintyPpm = best?.DriftUncertaintyPpm,
            Jump = jumps.Length > 0 ? new ValueList<XenClockJump>(jumps.SelectMany(clock => clock.Jump!)) : null,
            IsStable = stable.Length > 0 ? Array.TrueForAll(stable, clock => clock.IsStable == true) : null,
            Vcpu = new ValueList<XenVcpuClock>(clocks),
            Note = reasons.ToNote(),
            TakenAt = series.TakenAt,
        };
    }

    private string? WhyNoDrift(ushort domId, VcpuClock vcpu, TscDeduction emulation) =>
        domId == 0 ? "the control domain's clock is the reference"
        : vcpu.WhyNoRecord is { } whyNot ? whyNot
        : emulation.IsEmulated == true ? "its TSC is emulated, so its record does not show the TSC of the processor"
        : vcpu.WhyTooFew is { } tooFew ? tooFew
        : emulation.WhyNot is { } unknown ? $"it is not known whether its TSC is emulated: {unknown}"
        : _control.Length == 0 ? "no live record of the control domain is known"
        : IsScaled(vcpu) ? "its TSC is scaled: its frequency is not that of the control domain's"
        : null;

    private bool IsScaled(VcpuClock vcpu) =>
        vcpu.Frequency is { } own
        && VcpuClock.FrequencyOf(_control[^1]) is { } control
        && Math.Abs((double)own / control - 1) > SameFrequency;

    private static string WhyNoVcpu(GuestInspection guest) =>
        guest switch
        {
            { PageError: { } error } => error.Description,
            { Latest: not null, Layout.Layout: null } => $"the layout of its shared page is not known: {guest.Layout.Evidence}",
            _ => "its vCPUs are not known",
        };

    private string WhyNoOffset(ClockSeries series) =>
        series.Guest is { Latest: null, PageError: { } error } ? error.Description
        : series.WallClock is null ? "its wall clock is not known"
        : _hostClock is null ? "the wall clock of the control domain is not known"
        : "a wall clock is not a valid time";
}
