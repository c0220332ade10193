namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents a line of a console log without what loggers, mail programs and web pages added to it. Runs of blanks are one blank.
/// </summary>
/// <param name="Text">The text after <c>(XEN)</c> and Xen's timestamp, or the whole text if <c>(XEN)</c> is missing.</param>
/// <param name="IsFromXen">Whether <c>(XEN)</c> stands before the text.</param>
internal readonly record struct ConsoleLine(string Text, bool IsFromXen)
{
    /// <summary>Gets the date and time that Xen printed; null if there is none, or only the time since the start of Xen.</summary>
    public DateTimeOffset? XenTime { get; init; }

    /// <summary>Gets the date and time that a logger added; null if there is none, or the year is missing.</summary>
    public LoggerTime? LoggerTime { get; init; }

    /// <summary>Gets the number of the line in the text, counted from 1.</summary>
    public int Number { get; init; }
}
