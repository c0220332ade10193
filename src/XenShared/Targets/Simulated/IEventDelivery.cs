namespace XenShared.Targets.Simulated;

/// <summary>Simulates an event ABI: the side of Xen and that of the guest.</summary>
internal interface IEventDelivery
{
    /// <summary>Sets the bits of an event in the order of Xen.</summary>
    /// <returns>True if the vCPU must be notified; false if the port is masked, or if a bit shows that the vCPU has already been
    /// notified.</returns>
    bool Raise(uint port, SimulatedVcpu vcpu);

    /// <summary>
    /// Simulates the event handler of the guest, which calls <paramref name="handle"/> for each pending event of a vCPU. If the callback
    /// returns false, the event remains pending.
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

    /// <summary>Clears the pending bit of a port, because the event was handled or the port is closed.</summary>
    void Forget(uint port);
}
