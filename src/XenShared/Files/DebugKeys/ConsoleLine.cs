namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents a line of a console log without what loggers, mail programs and web pages added to it. Each run of blanks is one blank.
/// </summary>
/// <param name="Text">The text after <c>(XEN)</c> and Xen's timestamp, or the whole text if <c>(XEN)</c> is missing.</param>
/// <param name="IsFromXen">Whether <c>(XEN)</c> stands before the text.</param>
internal readonly record struct ConsoleLine(string Text, bool IsFromXen)
{
    /// <summary>
    /// Gets the shape of the text that other programs put before the line of Xen: each number is 0, and names of days and months are
    /// missing. Lines from one source have the same shape.
    /// </summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// Gets the line with its indentation and all its blanks, without escapes, HTML and quoted-printable. The tables of tools need it.
    /// </summary>
    public string Raw { get; init; } = "";

    /// <summary>Gets a value indicating whether a guest wrote the line, or can have written it.</summary>
    public bool IsFromGuest { get; init; }

    /// <summary>
    /// Gets the length of the line with everything before the text, in characters. Terminals break lines of a certain length.
    /// </summary>
    public int Length { get; init; }

    /// <summary>Gets the date and time that Xen printed; null if there is none, or only the time since the start of Xen.</summary>
    public DateTimeOffset? XenTime { get; init; }

    /// <summary>Gets the time since the start of Xen in seconds; null if Xen did not print it.</summary>
    public decimal? BootTime { get; init; }

    /// <summary>Gets the date and time that a logger added; null if there is none, or the year is missing.</summary>
    public LoggerTime? LoggerTime { get; init; }

    /// <summary>Gets the number of the line in the text, counted from 1.</summary>
    public int Number { get; init; }
}
