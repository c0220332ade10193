using XenShared.Guests.Deduction;
using XenShared.Layout;

namespace XenShared.Queries;

/// <summary>Computes the drift and the jumps of one vCPU's clock from the updates of its record.</summary>
internal sealed class VcpuClock
{
    private readonly XenVcpuInfo _info;
    private readonly IReadOnlyList<VcpuTimeContent> _updates;
    private ClockDrift? _drift;

    /// <summary>Creates the clock of a vCPU.</summary>
    public VcpuClock(ClockSeries series, XenVcpuInfo info)
    {
        _info = info;
        _updates = series.Updates(info.Vcpu);
        WhyNoRecord = FindWhyNoRecord(series);
    }

    /// <summary>Gets the reason why no record that the guest uses was read; null if one was.</summary>
    public string? WhyNoRecord { get; }

    /// <summary>Gets the reason why the drift is not known; null if it is known.</summary>
    public string? WhyNoDrift { get; private set; }

    /// <summary>Gets the reason why there are too few updates to compute a drift; null if there are enough.</summary>
    public string? WhyTooFew =>
        _updates.Count < ClockArithmetic.MinimumUpdates
            ? $"at least {ClockArithmetic.MinimumUpdates} updates of its record are needed (seen: {_updates.Count})"
            : null;

    /// <summary>Gets the reason why it is not known whether the clock jumped; null if it is known.</summary>
    public string? WhyNoJump =>
        _updates.Count > 1 ? null
        : WhyNoRecord ?? "only one update of its record was seen";

    /// <summary>Gets the TSC frequency in Hz; null without a valid record.</summary>
    public ulong? Frequency => _updates.Count > 0 ? FrequencyOf(_updates[^1]) : null;

    /// <summary>Returns the TSC frequency of a record in Hz; null if the record is not valid.</summary>
    public static ulong? FrequencyOf(in VcpuTimeContent record) =>
        new XenVcpuTime { TscToSystemMul = record.TscToSystemMul, TscShift = record.TscShift }.TscFrequency;

    /// <summary>Computes the drift against the control domain, unless the caller gives a reason why it cannot be known.</summary>
    /// <param name="whyNot">The reason why the drift cannot be known; null to compute it.</param>
    /// <param name="control">The records of the control domain.</param>
    public void Compare(string? whyNot, IReadOnlyList<VcpuTimeContent> control)
    {
        if (whyNot is null) _drift = ClockArithmetic.Drift(_updates, control);
        WhyNoDrift =
            _drift is not null ? null
            : whyNot ?? "the system times of its records are equal";
    }

    /// <summary>Creates the public object.</summary>
    public XenVcpuClock ToClock()
    {
        var latest = _updates.Count > 0 ? (VcpuTimeContent?)_updates[^1] : null;
        var clock = new XenVcpuClock
        {
            Vcpu = _info.Vcpu,
            TscFrequency = Frequency,
            DriftPpm = _drift is { } line ? Math.Round(line.PartsPerMillion, 3) : null,
            // The uncertainty is rounded up, so that the drift does not seem more certain than it is.
            DriftUncertaintyPpm = _drift is { } drift ? Math.Ceiling(drift.Uncertainty * 1000) / 1000 : null,
            Jump = _updates.Count > 1 ? new ValueList<XenClockJump>(FindJumps()) : null,
            IsStable = latest is { } record ? ((PvclockFlags)record.Flags).HasFlag(PvclockFlags.TscStable) : null,
            UpdateCount = _updates.Count,
            SystemTime = latest is { } last ? TimeSpan.FromTicks((long)(last.SystemTime / 100)) : null,
            Location = _info.Location,
            Source = _info.Source,
        };
        var reasons = new NullReasons();
        reasons.Add(nameof(XenVcpuClock.TscFrequency), clock.TscFrequency, WhyNoRecord);
        reasons.Add(nameof(XenVcpuClock.DriftPpm), clock.DriftPpm, WhyNoDrift);
        reasons.Add(nameof(XenVcpuClock.DriftUncertaintyPpm), clock.DriftPpm, WhyNoDrift);
        reasons.Add(nameof(XenVcpuClock.Jump), clock.Jump, WhyNoJump);
        reasons.Add(nameof(XenVcpuClock.IsStable), clock.IsStable, WhyNoRecord);
        reasons.Add(nameof(XenVcpuClock.SystemTime), clock.SystemTime, WhyNoRecord);
        reasons.Add(nameof(XenVcpuClock.Source), clock.Source, WhyNoRecord);
        return clock with { Note = reasons.ToNote() };
    }

    private string? FindWhyNoRecord(ClockSeries series)
    {
        if (_updates.Count > 0) return null;
        var error = series.Guest.VcpuRecordError is { } notFound ? $"; {notFound.Description}" : "";
        if (_info.Source is null) return $"there is no record of vCPU {_info.Vcpu} ({_info.Location}){error}";
        return ClockSeries.IsUsed(_info)
            ? $"the record of vCPU {_info.Vcpu} was never filled, or was being written at each attempt"
            : $"no live record of vCPU {_info.Vcpu} is known ({_info.LiveEvidence}){error}";
    }

    private IEnumerable<XenClockJump> FindJumps()
    {
        for (var at = 1; at < _updates.Count; at++)
        {
            if (ClockArithmetic.Jump(_updates[at - 1], _updates[at]) is not { } size) continue;
            yield return new XenClockJump
            {
                Vcpu = _info.Vcpu,
                SystemTime = TimeSpan.FromTicks((long)(_updates[at].SystemTime / 100)),
                Nanoseconds = size,
            };
        }
    }
}
