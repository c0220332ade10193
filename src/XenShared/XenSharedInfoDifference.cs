using System.Globalization;

namespace XenShared;

/// <summary>Represents a field that differs between two copies of a shared page.</summary>
public sealed record XenSharedInfoDifference
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>
    /// Gets the field, with Xen's name if it has one, such as <c>wc_sec</c>, <c>vcpu_info[0].time.system_time</c> or <c>evtchn_pending[port
    /// 3]</c>.
    /// </summary>
    public string Field { get; internal init; } = null!;

    /// <summary>
    /// Gets the value in the reference page. Its type depends on the field: a boolean for the bit of a port, a number, or an enumeration
    /// value for the layout and the event ABI.
    /// </summary>
    public object Before { get; internal init; } = null!;

    /// <summary>Gets the value in the other page, with the same type as <see cref="Before"/>.</summary>
    public object After { get; internal init; } = null!;

    /// <summary>Gets the time when the reference page was read; null if its file does not contain it.</summary>
    public DateTimeOffset? BeforeTakenAt { get; internal init; }

    /// <summary>Gets the time when the other page was read; null if its file does not contain it.</summary>
    public DateTimeOffset? AfterTakenAt { get; internal init; }

    /// <summary>Gets the host of the other page.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        DisplayText.Sanitize(
            string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} {Field}: {Before} -> {After}"));
}
