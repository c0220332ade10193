namespace XenShared.Poking;

/// <summary>
/// Sets and clears the mask and pending bits of a port. If the port is then pending and unmasked, the selector bit and the upcall of its
/// vCPU are set too, in Xen's order. In a FIFO guest, only the mask bit of the event word can be changed, and only if its place is known.
/// </summary>
internal static class ChannelPoke
{
    /// <summary>Sets the bits to those values of the request that are not null.</summary>
    public static void Execute(PokeExecutor run, SetPortRequest request, CancellationToken cancellation)
    {
        var (domId, port, masked, pending) = (request.DomId, request.Port, request.Masked, request.Pending);
        var situation = run.ReadContext(domId, watch: false, cancellation);
        if (situation.Abi == EventAbi.Fifo)
        {
            run.Execute(situation, [EventWord(situation, port, masked, pending)]);
            return;
        }
        var steps = new List<PokeStep>();
        if (masked is { } mask) steps.Add(PokeSteps.PortBit(situation, PokeField.Mask, port, mask));
        if (pending is { } wait) steps.Add(PokeSteps.PortBit(situation, PokeField.Pending, port, wait));
        if (NeedsUpcall(situation, port, masked, pending) && IsBound(situation, port))
        {
            // The upcall of the vCPU must be written, so it must be known whether its vcpu_info is live. To find this out, the page is
            // sampled for some seconds (watch). The first read above skipped this, because most pokes do not need it.
            situation = run.ReadContext(domId, watch: true, cancellation);
            if (!IsBound(situation, port))
                throw PokeSteps.Refusal(
                    situation,
                    $"Port {PokeSteps.Number(port)}",
                    port,
                    new GuardViolation(PokeGuard.PortBound, "it has just been closed", "list the domain's channels", CanForce: false));
            steps.AddRange(PokeSteps.NotifyVcpu(situation, situation.Port(port)?.Vcpu ?? 0, port));
        }
        run.Execute(situation, steps);
    }

    private static bool NeedsUpcall(PokeContext situation, uint port, bool? masked, bool? pending) =>
        (pending ?? situation.IsPending(port)) && !(masked ?? situation.IsMasked(port)) && (masked == false || pending == true);

    // Returns true if the port is in use. Throws the error if the port table could not be read, because it is then not known which vCPU to
    // notify. A pending event of which no vCPU is notified would block all later events of the port.
    private static bool IsBound(PokeContext situation, uint port) =>
        situation.Guest.PortError is { } error ? throw error : situation.Port(port) is { State: not null };

    private static PokeStep EventWord(PokeContext situation, uint port, bool? masked, bool? pending)
    {
        if (pending is not null || masked is not { } mask)
        {
            throw PokeSteps.Refusal(situation, $"Port {PokeSteps.Number(port)}", port, new GuardViolation(PokeGuard.Delivery,
                "the guest uses FIFO channels, and an event that is in no queue is never handled",
                PokeAdvice.Send(situation, port), CanForce: false));
        }
        return PokeSteps.EventWord(situation, port, mask);
    }
}
