namespace XenShared.Poking;

/// <summary>
/// Undoes pokes: writes the old value if the field still has the written value. This is a poke like any other, with the same guards.
/// </summary>
internal static class PokeUndo
{
    /// <summary>Undoes a poke.</summary>
    public static void Execute(PokeExecutor run, UndoPokeRequest request, CancellationToken cancellation)
    {
        var (poke, hostName) = (request.Poke, run.Target.Host.HostName);
        if (!string.IsNullOrEmpty(poke.HostName) && poke.HostName != hostName && !request.Force)
            throw PokeRecords.Refusal(
                poke,
                new GuardViolation(
                    PokeGuard.DomainIdentity,
                    $"it was made on host {poke.HostName}, and this is {hostName}",
                    "connect to that host"));
        var situation = run.ReadContext(poke.DomId, watch: PokeRecords.IsOfVcpuInfo(poke), cancellation);
        PokeRecords.CheckDomain(situation, poke);
        var step = PokeRecords.StepBack(situation, poke);
        if (poke is { Kind: PokeField.Pending, Before: 0 })
            run.Warn(
                $"If a real event has arrived on port {poke.Port} of domain {poke.DomId} since the poke, "
                    + $"clearing the pending bit loses it.");
        run.Execute(situation, [step], poke);
    }
}
