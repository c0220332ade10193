namespace XenShared.Targets;

/// <summary>Writes the memory of guests, and sends events on the control domain's own ends of event channels.</summary>
public interface IGuestWriter
{
    /// <summary>
    /// Maps one frame of a domain for writing, passes it on, and unmaps it before this returns. Frames are those of the guest's own space:
    /// GFNs, or MFNs of a PV guest. Write with interlocked operations only (<see cref="Layout.AtomicField"/>), since guest and Xen write
    /// the same words.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>,
    /// <see cref="XenErrorId.SharedInfoNotMapped"/>, <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    void WriteFrame(ushort domId, ulong frame, FrameWriter write);

    /// <summary>Opens what events are sent by, so that it cannot fail between a write and the event that is to follow it.</summary>
    /// <exception cref="XenException">It cannot be opened; nothing has been done.</exception>
    void PrepareToSend()
    {
        // Most have nothing to open.
    }

    /// <summary>
    /// Sends an event on a port of the control domain (<c>EVTCHNOP_send</c>): Xen raises it at the other end, whatever that guest's ABI.
    /// </summary>
    /// <param name="localPort">The control domain's end.</param>
    /// <param name="domId">The domain at the other end, for messages.</param>
    /// <param name="port">Its port, for messages.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.XenAccessDenied"/>, <see cref="XenErrorId.DomainVanished"/>,
    /// <see cref="XenErrorId.EventChannelNotFound"/>, <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    void SendEvent(uint localPort, ushort domId, uint port);
}
