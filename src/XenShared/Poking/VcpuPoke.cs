namespace XenShared.Poking;

/// <summary>Sets and clears the bits of a vCPU's record.</summary>
internal static class VcpuPoke
{
    /// <summary>Sets the values that are not null: like Xen, the selector first and the upcall last. Clears in reverse order.</summary>
    public static void Execute(PokeExecutor run, SetVcpuRequest request, CancellationToken cancellation)
    {
        var vcpu = request.Vcpu;
        var situation = run.ReadContext(request.DomId, watch: true, cancellation);
        var record = PokeSteps.Layout(situation).Vcpu;
        PokeFields.CheckVcpu(situation, vcpu);
        var steps = new List<PokeStep>();
        if (request.UpcallPending == false)
            steps.Add(PokeSteps.RecordStep(situation, PokeField.UpcallPending, vcpu, record.UpcallPending, 0xff, 0));
        if (request.PendingSelector is { } words)
            steps.Add(Selector(situation, vcpu, words));
        if (request.UpcallMask is { } mask && record.UpcallMask is { } field)
            steps.Add(PokeSteps.RecordStep(situation, PokeField.UpcallMask, vcpu, field, 0xff, mask ? 1u : 0u));
        if (request.UpcallPending == true)
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
