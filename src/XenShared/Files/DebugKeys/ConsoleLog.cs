using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents a text that holds Xen's own view of all event channels (debug key <c>e</c>), of all domains (key <c>q</c>), or the output of
/// tools.
/// </summary>
/// <param name="Channels">The channels of the selected dump; empty without a dump.</param>
/// <param name="Dumps">The number of dumps of event channels in the log.</param>
/// <param name="SelectedDump">
/// The number of the selected dump, counted from 1: the requested one, else the last complete one; if none is complete, the last one.
/// </param>
/// <param name="Version">The version of the hypervisor; null if the log does not contain it.</param>
public sealed record ConsoleLog(HypervisorChannels Channels, int Dumps, int SelectedDump, XenVersion? Version)
{
    /// <summary>Gets the states of domains and vCPUs; null if the log does not contain them.</summary>
    public HypervisorDomainStates? States { get; init; }

    /// <summary>Gets the ports of domains from the output of <c>lsevtchn</c>.</summary>
    public IReadOnlyDictionary<ushort, PortTable> PortLists { get; init; } = new Dictionary<ushort, PortTable>();

    /// <summary>Gets the domains from the output of <c>xl list</c>.</summary>
    public IReadOnlyDictionary<ushort, ListedDomain> ListedDomains { get; init; } = new Dictionary<ushort, ListedDomain>();

    /// <summary>Gets the names of domains from the output of <c>xl vcpu-list</c>.</summary>
    public IReadOnlyDictionary<ushort, string> Names { get; init; } = new Dictionary<ushort, string>();

    /// <summary>Gets the nodes from the output of <c>xenstore-ls</c>; null without it.</summary>
    public StoreNodes? Store { get; init; }

    /// <summary>Gets a remark about the outputs of tools; null if there is none.</summary>
    public string? ToolRemark { get; init; }

    /// <summary>
    /// Gets the earlier dumps since the last start of Xen, oldest first; empty if the dump was selected by its number. Each has the states
    /// that belong to it.
    /// </summary>
    public IReadOnlyList<ConsoleLog> EarlierDumps { get; init; } = [];

    /// <summary>Gets a value indicating whether the dump was selected by its number.</summary>
    public bool IsRequested { get; init; }

    /// <summary>Gets a value indicating whether <c>(XEN)</c> is missing before the lines of the dump.</summary>
    public bool LacksPrefix { get; init; }

    /// <summary>Gets a value indicating whether the time is that of a logger that did not write its time zone.</summary>
    public bool LacksTimeZone { get; init; }

    /// <summary>Gets a value indicating whether the end of the gzip file is missing, so that later lines can be missing.</summary>
    public bool IsCompressedPart { get; init; }

    /// <summary>Gets the numbers of the first few lines of the dump that could not be read, counted from 1 in the log.</summary>
    public IReadOnlyList<int> UnreadLines { get; init; } = [];

    /// <summary>Gets the number of all lines of the dump that could not be read.</summary>
    public int UnreadLineCount { get; init; }
}
