using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Reports;

/// <summary>Represents the content of a report about a host, independent of its format.</summary>
public sealed record HostReport
{
    /// <summary>Gets the host.</summary>
    public required HostInfo Host { get; init; }

    /// <summary>Gets the source of the data, such as <c>the local host</c> or the name of a file.</summary>
    public required string Source { get; init; }

    /// <summary>Gets the time when the data was read; null if the file does not contain it.</summary>
    public required DateTimeOffset? TakenAt { get; init; }

    /// <summary>Gets the wall clock of the control domain; null if it is not known.</summary>
    public WallClockContent? ControlClock { get; init; }

    /// <summary>Gets the domains of the host, lowest number first.</summary>
    public IReadOnlyList<DomainReport> Domains { get; init; } = [];

    /// <summary>Gets the notes about unknown data of the host, with reasons.</summary>
    public IReadOnlyList<ReportNote> Notes { get; init; } = [];

    /// <summary>Gets a value indicating whether any rule judged any domain. Otherwise, the absence of faults means nothing.</summary>
    public bool IsAnyJudged => Domains.Any(domain => domain.Results.Any(result => result.Outcome != RuleOutcome.NotJudged));

    /// <summary>Gets all faults, the most severe first.</summary>
    public IEnumerable<XenFault> Faults => Domains.SelectMany(domain => domain.Faults).OrderByDescending(fault => fault.Severity);
}
