using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Undoes pokes: writes the old value if the field still has the written one. This is a poke like any other, with the same guards.
/// </summary>
public sealed class PokeUndo(IXenDataSource target, IPokeObserver observer)
{
    /// <summary>Gets the options of the poke.</summary>
    public PokeOptions Options { get; init; } = new();

    /// <summary>Undoes a poke.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeLostRace"/>: the value has changed since;
    /// <see cref="XenErrorId.PokeRefused"/>; those of the target.</exception>
    public void Undo(XenPoke poke, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(poke);
        if (RemotePoke.TryRun(target, observer, Options, ["poke", "--undo=-"], poke, cancellation)) return;
        PokeRecords.CheckForm(poke);
        if (!string.IsNullOrEmpty(poke.HostName) && poke.HostName != target.Host.HostName && !Options.Force)
            throw PokeRecords.Refusal(
                poke,
                new GuardViolation(
                    PokeGuard.DomainIdentity,
                    $"it was made on host {poke.HostName}, and this is {target.Host.HostName}",
                    "connect to that host"));
        var run = new PokeExecutor(target, observer, Options);
        var situation = run.ReadContext(poke.DomId, watch: PokeRecords.IsOfVcpuInfo(poke), cancellation);
        PokeRecords.CheckDomain(situation, poke);
        var step = PokeRecords.StepBack(situation, poke);
        if (poke is { Kind: PokeField.Pending, Before: 0 })
            run.Warn($"If a real event came to port {poke.Port} of domain {poke.DomId} meanwhile, taking the pending bit back loses it.");
        run.Execute(situation, [step], poke);
    }
}
