namespace XenShared.Targets.Simulated;

/// <summary>Simulates an event ABI: the side of Xen and that of the guest.</summary>
internal interface IEventDelivery
{
    /// <summary>Delivers an event in the order of Xen.</summary>
    /// <returns>True if a vCPU must be notified and has not been notified yet.</returns>
    bool Raise(uint port, SimulatedVcpu vcpu);

    /// <summary>
    /// Runs the guest's handler, which calls <paramref name="handle"/> for each event. If it returns false, the event remains pending.
    /// </summary>
    void Take(SimulatedVcpu vcpu, Func<uint, bool> handle);

    /// <summary>Determines whether the guest has masked the port.</summary>
    bool IsMasked(uint port);

    /// <summary>Determines whether an event is pending on the port.</summary>
    bool IsPending(uint port);

    /// <summary>Masks a port.</summary>
    void Mask(uint port);

    /// <summary>Unmasks a port and delivers its pending event, like <c>EVTCHNOP_unmask</c>.</summary>
    /// <returns>True if a vCPU must be notified and has not been notified yet.</returns>
    bool Unmask(uint port, SimulatedVcpu vcpu);

    /// <summary>Clears an event that the guest has handled by polling.</summary>
    void Forget(uint port);
}
