using System.Globalization;

namespace XenShared;

/// <summary>One field that differs between two readings of a shared page.</summary>
public sealed record XenSharedInfoDifference
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>
    /// Gets the field, by Xen's own name where it has one, such as <c>wc_sec</c>, <c>vcpu_info[0].time.system_time</c> or
    /// <c>evtchn_pending[port 3]</c>.
    /// </summary>
    public required string Field { get; init; }

    /// <summary>Gets its value in the reference; a boolean for bits, an unsigned number for words.</summary>
    public required object Before { get; init; }

    /// <summary>Gets its value in what is compared with it.</summary>
    public required object After { get; init; }

    /// <summary>Gets when the reference was read; null when its file does not tell.</summary>
    public DateTimeOffset? BeforeTakenAt { get; init; }

    /// <summary>Gets when the other was read; null when its file does not tell.</summary>
    public DateTimeOffset? AfterTakenAt { get; init; }

    /// <summary>Gets the host of the other.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        DisplayText.Sanitize(
            string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} {Field}: {Before} -> {After}"));
}
