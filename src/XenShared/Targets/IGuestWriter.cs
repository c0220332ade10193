namespace XenShared.Targets;

/// <summary>Writes guest memory, and sends events on ports of the control domain.</summary>
public interface IGuestWriter
{
    /// <summary>
    /// Maps one frame of a domain for writing, calls the writer, and unmaps the frame. Frames are GFNs, or MFNs of a PV guest. The writer
    /// must use interlocked operations only (<see cref="Layout.AtomicField"/>), because guest and Xen write the same words.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>,
    /// <see cref="XenErrorId.SharedInfoNotMapped"/>, <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    void WriteFrame(ushort domId, ulong frame, FrameWriter write);

    /// <summary>Opens the interface for sending events, so that this cannot fail between a write and the following event.</summary>
    /// <exception cref="XenException">The interface cannot be opened; nothing has been done.</exception>
    void PrepareToSend()
    {
        // Does nothing by default, because most sources have nothing to open.
    }

    /// <summary>
    /// Sends an event on a port of the control domain (<c>EVTCHNOP_send</c>): Xen delivers it at the other end, with every ABI of that
    /// guest.
    /// </summary>
    /// <param name="localPort">The port of the control domain.</param>
    /// <param name="domId">The domain at the other end, for messages.</param>
    /// <param name="port">The port of that domain, for messages.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.XenAccessDenied"/>, <see cref="XenErrorId.DomainVanished"/>,
    /// <see cref="XenErrorId.EventChannelNotFound"/>, <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    void SendEvent(uint localPort, ushort domId, uint port);
}
