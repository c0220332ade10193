using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Sets and clears the bits of a vCPU's record.</summary>
public sealed class VcpuPoke(IXenDataSource target, IPokeObserver observer)
{
    /// <summary>Gets the options of the poke.</summary>
    public PokeOptions Options { get; init; } = new();

    /// <summary>Sets the values that are not null: like Xen, the selector first and the upcall last. Clears in reverse order.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>, <see cref="XenErrorId.PokeLostRace"/>, and those of the
    /// target.</exception>
    public void Set(
        ushort domId,
        int vcpu,
        bool? upcallPending,
        bool? upcallMask,
        ulong? selector,
        CancellationToken cancellation = default)
    {
        if (upcallPending is null && upcallMask is null && selector is null) return;
        List<string> arguments = ["poke", RemotePoke.Option("domid", domId), RemotePoke.Option("vcpu", vcpu)];
        if (upcallPending is { } isReported) arguments.Add(RemotePoke.Option("upcall-pending", isReported));
        if (upcallMask is { } off) arguments.Add(RemotePoke.Option("upcall-mask", off));
        if (selector is { } bits) arguments.Add(RemotePoke.Option("selector", bits));
        if (RemotePoke.TryRun(target, observer, Options, arguments, null, cancellation)) return;
        var run = new PokeExecutor(target, observer, Options);
        var situation = run.ReadContext(domId, watch: true, cancellation);
        var record = PokeSteps.Layout(situation).Vcpu;
        PokeFields.CheckVcpu(situation, vcpu);
        var steps = new List<PokeStep>();
        if (upcallPending == false)
            steps.Add(PokeSteps.RecordStep(situation, PokeField.UpcallPending, vcpu, record.UpcallPending, 0xff, 0));
        if (selector is { } words)
            steps.Add(Selector(situation, vcpu, words));
        if (upcallMask is { } mask && record.UpcallMask is { } field)
            steps.Add(PokeSteps.RecordStep(situation, PokeField.UpcallMask, vcpu, field, 0xff, mask ? 1u : 0u));
        if (upcallPending == true)
            steps.Add(PokeSteps.RecordStep(situation, PokeField.UpcallPending, vcpu, record.UpcallPending, 0xff, 1));
        run.Execute(situation, steps);
    }

    // A whole value is written only if it has not changed since it was read, because the guest can clear it at any time.
    private static PokeStep Selector(PokeContext situation, int vcpu, ulong words)
    {
        var field = PokeSteps.Layout(situation).Vcpu.PendingSelector;
        var bits = field.Width == 8 ? ulong.MaxValue : uint.MaxValue;
        if ((words & ~bits) != 0)
        {
            throw PokeSteps.Refusal(situation, $"vcpu_info[{vcpu}].{field.Name}", null, new GuardViolation(PokeGuard.InsideStructure,
                $"the selector has {field.Width * 8} bits", "give a value that fits", CanForce: false));
        }
        var step = PokeSteps.RecordStep(situation, PokeField.PendingSelector, vcpu, field, bits, words);
        return step with { Expected = step.Seen };
    }
}
