using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Formatting;

/// <summary>
/// Formats single values for the views. Decimal numbers follow the current culture, hexadecimal ones do not. An unknown value is a question
/// mark. Colours are escape sequences, which PowerShell removes according to <c>$PSStyle.OutputRendering</c> and <c>NO_COLOR</c>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ViewFormat
{
    private const string Nothing = "-";
    private const string NotKnown = "?";
    private const string Red = "\u001b[31m";
    private const string Yellow = "\u001b[33m";
    private const string Faint = "\u001b[2m";
    private const string Normal = "\u001b[0m";

    /// <summary>Returns text from a guest, a toolstack or a file without characters that control a terminal.</summary>
    public static string Plain(string? text) => DisplayText.Sanitize(text);

    /// <summary>Formats a frame, an address or a mask in hexadecimal.</summary>
    public static string Hex(ulong? value) => value is { } number ? "0x" + number.ToString("x", CultureInfo.InvariantCulture) : NotKnown;

    /// <summary>Formats a frame number, or a dash if there is none.</summary>
    public static string Frame(ulong? value) => value is null ? Nothing : Hex(value);

    /// <summary>Formats a bit: yes if it is set, a dash if it is not, or a question mark if it is not known.</summary>
    public static string Bit(bool? value) => value switch { true => "yes", false => Nothing, null => NotKnown };

    /// <summary>Formats the pending bit, highlighted if it is set.</summary>
    public static string Pending(bool? value) => value == true ? Yellow + Bit(value) + Normal : Bit(value);

    /// <summary>Formats the mask bit, dimmed if it is set.</summary>
    public static string Masked(bool? value) => value == true ? Faint + Bit(value) + Normal : Bit(value);

    /// <summary>Formats the liveness of a record: live, stale, or a question mark if it is not known.</summary>
    public static string Live(bool? value) => value switch { true => "live", false => "stale", null => NotKnown };

    /// <summary>Formats the text of a table cell, dimmed if the record of the row is stale.</summary>
    public static string LiveText(string? text, bool? isLive) => isLive == false ? Faint + Plain(text) + Normal : Plain(text);

    /// <summary>Returns the common name of an event ABI.</summary>
    public static string Abi(string? abi) => abi switch
    {
        nameof(EventAbi.TwoLevel) => "2-level",
        nameof(EventAbi.Fifo) => "FIFO",
        _ => NotKnown,
    };

    /// <summary>Returns text, or a question mark if it is not known.</summary>
    public static string Text(string? text) => string.IsNullOrEmpty(text) ? NotKnown : Plain(text);

    /// <summary>Formats text, or a dash if there is none.</summary>
    public static string Word(string? text) => string.IsNullOrEmpty(text) ? Nothing : Plain(text);

    /// <summary>Formats an amount of memory with its unit.</summary>
    public static string Size(ulong? bytes) => bytes switch
    {
        null => NotKnown,
        < 1UL << 20 => string.Create(CultureInfo.CurrentCulture, $"{bytes >> 10:N0} KiB"),
        < 10UL << 30 => string.Create(CultureInfo.CurrentCulture, $"{bytes >> 20:N0} MiB"),
        < 10UL << 40 => string.Create(CultureInfo.CurrentCulture, $"{bytes >> 30:N0} GiB"),
        _ => string.Create(CultureInfo.CurrentCulture, $"{bytes >> 40:N0} TiB"),
    };

    /// <summary>Formats a time span as hours, minutes, seconds and milliseconds. The hours can exceed 24.</summary>
    public static string Span(TimeSpan? time)
    {
        if (time is not { } span) return NotKnown;
        var point = NumberFormatInfo.CurrentInfo.NumberDecimalSeparator;
        return string.Create(
            CultureInfo.CurrentCulture,
            $"{(long)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}{point}{span.Milliseconds:000}");
    }

    /// <summary>
    /// Formats a time in the local time zone, with its offset from UTC. A deserialized time is a text, or an object with the parts of a
    /// time.
    /// </summary>
    public static string Moment(PSObject? time) =>
        LanguagePrimitives.TryConvertTo<DateTimeOffset>(
            time?.Properties["UtcDateTime"]?.Value ?? time,
            CultureInfo.InvariantCulture,
            out var moment)
        && moment != default
            ? moment.ToLocalTime().ToString(CultureInfo.CurrentCulture)
            : NotKnown;

    /// <summary>Formats the time of day in the local time zone, with milliseconds.</summary>
    public static string Clock(PSObject? time) =>
        LanguagePrimitives.TryConvertTo<DateTimeOffset>(
            time?.Properties["UtcDateTime"]?.Value ?? time,
            CultureInfo.InvariantCulture,
            out var moment)
        && moment != default
            ? moment.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)
            : NotKnown;

    /// <summary>Formats a value of any kind: bits as yes or a dash, words in hexadecimal.</summary>
    public static string Value(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null => NotKnown,
        bool bit => Bit(bit),
        ulong word => Hex(word),
        IFormattable number and not Enum => Number(number),
        var kind => Plain(kind.ToString()),
    };

    /// <summary>Formats a number, or a dash if there is none.</summary>
    public static string Maybe(object? number) => number is null ? Nothing : Value(number);

    /// <summary>Formats the severity of a fault, highlighted if it is Critical or Warning.</summary>
    public static string Severity(string? severity) => severity switch
    {
        nameof(FaultSeverity.Critical) => Red + severity + Normal,
        nameof(FaultSeverity.Warning) => Yellow + severity + Normal,
        _ => Plain(severity),
    };

    /// <summary>Returns the result of the test of a channel; Stopped is highlighted.</summary>
    public static string Verdict(string? verdict) => verdict switch
    {
        nameof(EventPathVerdict.Stopped) => Red + verdict + Normal,
        nameof(EventPathVerdict.Unknown) => Yellow + verdict + Normal,
        _ => Plain(verdict),
    };

    /// <summary>Formats a frequency with its unit.</summary>
    public static string Frequency(ulong? hertz) =>
        hertz is { } known ? string.Create(CultureInfo.CurrentCulture, $"{known / 1e6:N3} MHz") : NotKnown;

    /// <summary>Formats a domain for a group heading.</summary>
    public static string Domain(int domId, string? name, string? host) =>
        Plain(
            (string.IsNullOrEmpty(name) ? Number(domId) : $"{Number(domId)} ({name})") + (string.IsNullOrEmpty(host) ? "" : $" on {host}"));

    /// <summary>Formats a domain and its event ABI for a group heading.</summary>
    public static string Channels(int domId, string? name, string? host, string? abi) => Domain(domId, name, host) + ", " + abi switch
    {
        nameof(EventAbi.TwoLevel) => "2-level channels",
        nameof(EventAbi.Fifo) => "FIFO channels",
        _ => "event ABI not known",
    };

    internal static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
