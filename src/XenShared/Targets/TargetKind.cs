namespace XenShared.Targets;

/// <summary>Specifies the kind of a data source.</summary>
public enum TargetKind
{
    /// <summary>The hypervisor under this machine.</summary>
    Local,

    /// <summary>A capture file.</summary>
    Capture,

    /// <summary>A host that is reached by SSH.</summary>
    Remote,

    /// <summary>A core dump of one guest.</summary>
    CoreDump,

    /// <summary>A saved guest, or a stream of its migration.</summary>
    SavedGuest,

    /// <summary>A bare page.</summary>
    Page,

    /// <summary>The log of Xen's console.</summary>
    ConsoleLog,

    /// <summary>A host that exists in this process only, and only because it was asked for by name.</summary>
    Simulated,
}
