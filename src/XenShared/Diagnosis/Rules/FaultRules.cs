namespace XenShared.Diagnosis.Rules;

/// <summary>All rules, the gravest first.</summary>
public static class FaultRules
{
    internal static IReadOnlyList<IFaultRule> All { get; } =
    [
        new LostWakeup(),
        new StuckMasked(),
        new UpcallStuck(),
        new UpcallMasked(),
        new SelectorSilent(),
        new ClockVersionOdd(),
        new FrozenClock(),
        new PeerGone(),
        new StorePortMismatch(),
        new StaleRecord(),
        new LeftoverEvents(),
        new WallClockOff(),
        new PortsNearLimit(),
    ];

    /// <summary>Gets their names, as <see cref="XenFault.Rule"/> has them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(rule => rule.Name)];
}
