namespace XenShared;

/// <summary>
/// Specifies the state of one end of a paravirtual device, its frontend or its backend (<c>enum xenbus_state</c> of
/// <c>xen/include/public/io/xenbus.h</c>).
/// </summary>
public enum XenbusState
{
    /// <summary>The end has written that its state is unknown.</summary>
    Unknown,

    /// <summary>The end has begun to initialise.</summary>
    Initialising,

    /// <summary>The end has initialised itself, and waits for data from the other end or from a hotplug script.</summary>
    InitWait,

    /// <summary>The end has written its data, and waits for the other end to connect.</summary>
    Initialised,

    /// <summary>The end is connected.</summary>
    Connected,

    /// <summary>The device is being closed, because of an error or on request.</summary>
    Closing,

    /// <summary>The end is closed.</summary>
    Closed,

    /// <summary>The device is being changed while it is connected (PCI).</summary>
    Reconfiguring,

    /// <summary>The change of the device is complete (PCI).</summary>
    Reconfigured,
}
