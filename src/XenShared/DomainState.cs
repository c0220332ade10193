namespace XenShared;

/// <summary>
/// Specifies the state of a domain (the letters of <c>xl list</c>). If several apply, it is the first of: dying, shut down for any reason,
/// paused, running, blocked.
/// </summary>
public enum DomainState
{
    /// <summary>At least one vCPU is on a processor (<c>r</c>).</summary>
    Running,

    /// <summary>Every vCPU waits for an event (<c>b</c>).</summary>
    Blocked,

    /// <summary>Ready to run, but no vCPU is on a processor now (<c>-</c>).</summary>
    Runnable,

    /// <summary>Stopped by the toolstack (<c>p</c>).</summary>
    Paused,

    /// <summary>Shut down in order to power off or restart (<c>s</c>).</summary>
    Shutdown,

    /// <summary>Shut down in order to be saved or migrated.</summary>
    Suspended,

    /// <summary>Shut down by a crash or a watchdog (<c>c</c>).</summary>
    Crashed,

    /// <summary>Being torn down; its memory is not all freed yet (<c>d</c>).</summary>
    Dying,
}
