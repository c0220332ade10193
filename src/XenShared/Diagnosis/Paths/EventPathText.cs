using System.Globalization;
using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Paths;

/// <summary>Formats the parts of the sentences about paths.</summary>
internal static class EventPathText
{
    /// <summary>Returns the name of a link for a sentence.</summary>
    public static string Name(EventPathLink link) => link switch
    {
        EventPathLink.Sender => "the sender",
        EventPathLink.Channel => "the channel",
        EventPathLink.Pending => "the pending bit",
        EventPathLink.Mask => "the mask",
        EventPathLink.Queue => "the queue",
        EventPathLink.Upcall => "the notification of the vCPU",
        EventPathLink.Domain => "the domain",
        EventPathLink.Vcpu => "the vCPU",
        EventPathLink.Interrupts => "the interrupt flag",
        EventPathLink.Callback => "the callback",
        EventPathLink.Apic => "the APIC",
        EventPathLink.Execution => "the execution of the vCPU",
        _ => throw new ArgumentOutOfRangeException(nameof(link), link, "There is no such link."),
    };

    /// <summary>
    /// Returns the number and time span of the reads, as the end of a sentence, such as <c>in each of 3 reads in 2.0 s</c>.
    /// </summary>
    public static string InReads(IReadOnlyList<EventPathRead> reads) => reads.Count switch
    {
        0 => "in no read",
        1 => "in the only read",
        var count => string.Create(CultureInfo.InvariantCulture, $"in each of {count} reads in {Span(reads).TotalSeconds:0.0} s"),
    };

    /// <summary>Returns in how many of the reads a property was seen, as the end of a sentence.</summary>
    public static string InSome(IReadOnlyList<EventPathRead> reads, int count) =>
        count == reads.Count ? InReads(reads) : string.Create(CultureInfo.InvariantCulture, $"in {count} of {reads.Count} reads");

    /// <summary>Returns the time from the first read to the last.</summary>
    public static TimeSpan Span(IReadOnlyList<EventPathRead> reads) =>
        reads.Count == 0 ? TimeSpan.Zero : reads[^1].TakenAt - reads[0].TakenAt;

    /// <summary>
    /// Determines whether the reads prove that a state lasts: at least three reads in at least a second. A busy guest masks ports and
    /// disables interrupts for shorter times.
    /// </summary>
    public static bool AreEnough(IReadOnlyList<EventPathRead> reads) => reads.Count > 2 && Span(reads) >= DomainEvidence.MinimumObservation;
}
