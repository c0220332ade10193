namespace XenShared;

/// <summary>Specifies why a domain shut down (<c>SHUTDOWN_*</c> in <c>xen/include/public/sched.h</c>).</summary>
public enum ShutdownReason
{
    /// <summary>The guest powered off (<c>SHUTDOWN_poweroff</c>).</summary>
    Poweroff,

    /// <summary>The guest restarts (<c>SHUTDOWN_reboot</c>).</summary>
    Reboot,

    /// <summary>The guest was suspended in order to be saved or migrated (<c>SHUTDOWN_suspend</c>).</summary>
    Suspend,

    /// <summary>The guest crashed (<c>SHUTDOWN_crash</c>).</summary>
    Crash,

    /// <summary>A watchdog of the guest expired (<c>SHUTDOWN_watchdog</c>).</summary>
    Watchdog,

    /// <summary>The guest starts again in the same domain (<c>SHUTDOWN_soft_reset</c>).</summary>
    SoftReset,
}
