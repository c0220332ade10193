namespace XenShared.Poking;

/// <summary>Sets and clears the event bits of a vCPU's <c>vcpu_info</c>.</summary>
internal static class VcpuPoke
{
    /// <summary>
    /// Sets the bits to those values of the request that are not null. The upcall is set last, as by Xen, and cleared first.
    /// </summary>
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

    // Creates the step that writes the whole selector. The guest can clear the selector at any time, so Expected is the value that was
    // read: the step fails if the selector has changed since.
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
