namespace XenShared.Reports.Metrics;

/// <summary>Shows the TSC of domains, and the drift and the jumps of their vCPUs' clocks. Unknown values have no sample.</summary>
internal sealed class ClockMetrics(IEnumerable<XenClock> clocks)
{
    private readonly MetricFamily _emulated = new(
        "xenshared_domain_tsc_emulated",
        "1: Xen emulates the TSC of the domain; 0: it does not");
    private readonly MetricFamily _incarnation = new(
        "xenshared_domain_tsc_incarnation",
        "How often the toolstack has set the TSC of a domain: at its start, and at each restore and migration");
    private readonly MetricFamily _drift = new(
        "xenshared_vcpu_clock_drift_ppm",
        "Drift of a vCPU's clock against the control domain's, in parts per million; positive: the vCPU's clock is fast");
    private readonly MetricFamily _uncertainty = new("xenshared_vcpu_clock_drift_uncertainty_ppm", "Uncertainty of this drift");
    private readonly MetricFamily _jumps = new("xenshared_vcpu_clock_jumps", "Jumps of a vCPU's clock while it was sampled");

    public IEnumerable<MetricFamily> Families()
    {
        foreach (var clock in clocks)
        {
            _emulated.Add(Sample(clock, clock.IsEmulated switch { true => 1, false => 0, null => null }));
            _incarnation.Add(Sample(clock, clock.Incarnation));
            foreach (var vcpu in clock.Vcpu)
            {
                _drift.Add(Sample(clock, vcpu.DriftPpm)?.With("vcpu", vcpu.Vcpu));
                _uncertainty.Add(Sample(clock, vcpu.DriftUncertaintyPpm)?.With("vcpu", vcpu.Vcpu));
                _jumps.Add(Sample(clock, vcpu.Jump?.Count)?.With("vcpu", vcpu.Vcpu));
            }
        }
        return [_emulated, _incarnation, _drift, _uncertainty, _jumps];
    }

    private static MetricSample? Sample(XenClock clock, double? value) =>
        MetricSample.Create(clock.HostName, clock.DomId, clock.DomainName, value);
}
