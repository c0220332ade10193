namespace XenShared.Targets.Simulated;

/// <summary>One event ABI: Xen's side, and the guest's.</summary>
internal interface IEventDelivery
{
    /// <summary>Xen raises an event, in its own order.</summary>
    /// <returns>Whether a vCPU is to be told that it has not been told yet.</returns>
    bool Raise(uint port, SimulatedVcpu vcpu);

    /// <summary>
    /// Returns the guest's handler takes what it is led to; it calls <paramref name="handle"/> for each event. Where that returns false,
    /// the event goes on waiting.
    /// </summary>
    void Take(SimulatedVcpu vcpu, Func<uint, bool> handle);

    /// <summary>Determines whether the guest has the port switched off.</summary>
    bool IsMasked(uint port);

    /// <summary>Determines whether an event waits on the port.</summary>
    bool IsPending(uint port);

    /// <summary>Masks a port.</summary>
    void Mask(uint port);

    /// <summary>Unmasks a port and passes on what waits there, as <c>EVTCHNOP_unmask</c> does.</summary>
    /// <returns>Whether a vCPU is to be told that it has not been told yet.</returns>
    bool Unmask(uint port, SimulatedVcpu vcpu);

    /// <summary>Forgets an event that the guest took by polling.</summary>
    void Forget(uint port);
}
