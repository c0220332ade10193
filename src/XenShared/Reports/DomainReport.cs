namespace XenShared.Reports;

/// <summary>Represents the part of a report about one domain.</summary>
public sealed record DomainReport
{
    /// <summary>Gets the domain.</summary>
    public required XenDomain Domain { get; init; }

    /// <summary>Gets the shared page with the vCPU records; null if it could not be read. A note then contains the reason.</summary>
    public XenSharedInfo? Page { get; init; }

    /// <summary>Gets the cells of the channel map, in ascending order of ports.</summary>
    public IReadOnlyList<ChannelMapCell> Cells { get; init; } = [];

    /// <summary>Gets the devices of the domain; null if they are not known.</summary>
    public IReadOnlyList<XenDevice>? Devices { get; init; }

    /// <summary>Gets the time by which the domain's wall clock is ahead of the control domain's; null if either is not known.</summary>
    public TimeSpan? ClockOffset { get; init; }

    /// <summary>Gets the faults of the domain, the most severe first.</summary>
    public IReadOnlyList<XenFault> Faults { get; init; } = [];

    /// <summary>Gets the result of each rule; empty if the domain ended before it could be judged.</summary>
    public IReadOnlyList<XenRuleResult> Results { get; init; } = [];

    /// <summary>Gets a value indicating whether every rule judged the domain. Otherwise, the report must not state "no fault".</summary>
    public bool IsJudged => Results.Count > 0 && Results.All(result => result.Outcome != RuleOutcome.NotJudged);

    /// <summary>Gets the notes about unknown data, with reasons.</summary>
    public IReadOnlyList<ReportNote> Notes { get; init; } = [];

    /// <summary>Gets the channels in use.</summary>
    public IEnumerable<XenEventChannel> Channels => Cells.Select(cell => cell.Channel).OfType<XenEventChannel>();

    /// <summary>Gets the number of ports of the domain, including closed ones.</summary>
    public long PortCount => Cells.Sum(cell => (long)cell.Count);

    /// <summary>
    /// Gets a value indicating whether the state of any channel is known. Otherwise, the report must not state that none is pending.
    /// </summary>
    public bool IsAnyKnown => Cells.Any(cell => cell.Channel is not null && cell.Mark != ChannelMark.Unknown);

    /// <summary>Returns the number of channels that have one of the given marks.</summary>
    public int Count(params ChannelMark[] marks) => Cells.Count(cell => cell.Channel is not null && marks.Contains(cell.Mark));
}
