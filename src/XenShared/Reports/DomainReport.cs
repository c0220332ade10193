namespace XenShared.Reports;

/// <summary>Represents the part of a report about one domain.</summary>
public sealed record DomainReport
{
    /// <summary>Gets the domain.</summary>
    public required XenDomain Domain { get; init; }

    /// <summary>Gets its page, with its vCPU records; null when it could not be read, and a note says why.</summary>
    public XenSharedInfo? Page { get; init; }

    /// <summary>Gets its ports as cells, by port.</summary>
    public IReadOnlyList<ChannelMapCell> Cells { get; init; } = [];

    /// <summary>Gets how far its wall clock is ahead of the control domain's; null when one of them is not known.</summary>
    public TimeSpan? ClockOffset { get; init; }

    /// <summary>Gets what is wrong with it, the gravest first.</summary>
    public IReadOnlyList<XenFault> Faults { get; init; } = [];

    /// <summary>Gets the answer of each rule; empty when the domain went away before it could be judged.</summary>
    public IReadOnlyList<XenRuleResult> Results { get; init; } = [];

    /// <summary>Gets a value indicating whether every rule judged it. Where it is not so, "no fault" would be a lie.</summary>
    public bool IsJudged => Results.Count > 0 && Results.All(result => result.Outcome != RuleOutcome.NotJudged);

    /// <summary>Gets what is not known of it, and why.</summary>
    public IReadOnlyList<ReportNote> Notes { get; init; } = [];

    /// <summary>Gets its channels that are in use.</summary>
    public IEnumerable<XenEventChannel> Channels => Cells.Select(cell => cell.Channel).OfType<XenEventChannel>();

    /// <summary>Gets how many ports it has, closed ones included.</summary>
    public long PortCount => Cells.Sum(cell => (long)cell.Count);

    /// <summary>
    /// Gets a value indicating whether the state of any channel is known. Where it is not, "none is pending" would be a lie.
    /// </summary>
    public bool IsAnyKnown => Cells.Any(cell => cell.Channel is not null && cell.Mark != ChannelMark.Unknown);

    /// <summary>Returns how many of its channels are shown so.</summary>
    public int Count(params ChannelMark[] marks) => Cells.Count(cell => cell.Channel is not null && marks.Contains(cell.Mark));
}
