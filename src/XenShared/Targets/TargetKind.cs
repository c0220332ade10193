namespace XenShared.Targets;

/// <summary>Specifies the kind of a data source.</summary>
public enum TargetKind
{
    /// <summary>The hypervisor of this machine.</summary>
    Local,

    /// <summary>A capture file.</summary>
    Capture,

    /// <summary>A host that is reached by SSH.</summary>
    Remote,

    /// <summary>A core dump of one guest.</summary>
    CoreDump,

    /// <summary>A saved guest, or a migration stream.</summary>
    SavedGuest,

    /// <summary>A file with one shared page.</summary>
    Page,

    /// <summary>A log of Xen's console.</summary>
    ConsoleLog,

    /// <summary>A simulated host, which exists in this process only.</summary>
    Simulated,
}
