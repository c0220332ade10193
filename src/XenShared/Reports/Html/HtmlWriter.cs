using System.Text;

namespace XenShared.Reports.Html;

/// <summary>
/// Writes HTML that is well-formed XML too. Everything that is written as text or attribute is encoded here, and nowhere else: names in a
/// report come from guests.
/// </summary>
internal sealed class HtmlWriter(TextWriter output)
{
    // What stands in for characters that no text needs, and that could turn a line around or end a page early.
    private const char Replacement = '\uFFFD';

    /// <summary>
    /// Begins an element, which ends when the result is disposed. A null attribute is left out; an empty one has no value.
    /// </summary>
    public Scope Element(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Begin(tag, attributes);
        output.Write('>');
        return new Scope(output, tag);
    }

    /// <summary>Returns an element that holds text.</summary>
    public void Element(string tag, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        using (Element(tag, attributes)) Text(text);
    }

    /// <summary>Returns an element that never holds anything, such as <c>meta</c>.</summary>
    public void Void(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Begin(tag, attributes);
        output.Write(" />");
    }

    /// <summary>Returns text.</summary>
    public void Text(string? text) => output.Write(Encode(text));

    /// <summary>Ends the line, so that two reports can be compared.</summary>
    public void Line() => output.Write('\n');

    /// <summary>Returns a style sheet of our own, as it is.</summary>
    public void Style(string css)
    {
        using (Element("style")) output.Write(css);
    }

    /// <summary>Returns text without anything that a browser would take for more than text.</summary>
    internal static string Encode(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var encoded = new StringBuilder(text.Length);
        foreach (var letter in DisplayText.Sanitize(text, Replacement))
        {
            _ = letter switch
            {
                '&' => encoded.Append("&amp;"),
                '<' => encoded.Append("&lt;"),
                '>' => encoded.Append("&gt;"),
                '"' => encoded.Append("&quot;"),
                '\'' => encoded.Append("&#39;"),
                _ => encoded.Append(letter),
            };
        }
        return encoded.ToString();
    }

    private void Begin(string tag, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        output.Write('<');
        output.Write(tag);
        foreach (var (name, value) in attributes)
        {
            if (value is not null) output.Write($" {name}=\"{Encode(value)}\"");
        }
    }

    /// <summary>An element that is open.</summary>
    internal readonly struct Scope(TextWriter output, string tag) : IDisposable
    {
        /// <summary>Ends the element.</summary>
        public void Dispose() => output.Write($"</{tag}>");
    }
}
