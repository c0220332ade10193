namespace XenShared.Diagnosis.Rules;

/// <summary>Lists all rules, in the order in which their faults are returned.</summary>
public static class FaultRules
{
    internal static IReadOnlyList<IFaultRule> All { get; } =
    [
        new LostWakeup(),
        new StuckMasked(),
        new UpcallStuck(),
        new UpcallMasked(),
        new InterruptsOff(),
        new NoVcpuOnline(),
        new VcpuOffline(),
        new CallbackMissing(),
        new ApicDisabled(),
        new VectorNotTaken(),
        new SelectorSilent(),
        new ClockVersionOdd(),
        new FrozenClock(),
        new ClockJump(),
        new DyingDomain(),
        new PeerGone(),
        new BackendGone(),
        new HotplugFailed(),
        new DeviceNotConnected(),
        new StorePortMismatch(),
        new StaleNodes(),
        new StaleRecord(),
        new LeftoverEvents(),
        new WallClockOff(),
        new PortsNearLimit(),
    ];

    /// <summary>Gets the names of the rules, as in <see cref="XenFault.Rule"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(rule => rule.Name)];
}
