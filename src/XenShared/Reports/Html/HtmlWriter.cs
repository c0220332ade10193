using System.Text;

namespace XenShared.Reports.Html;

/// <summary>
/// Writes HTML that is also well-formed XML. All text and attributes are encoded here and nowhere else, because names in a report come from
/// guests.
/// </summary>
internal sealed class HtmlWriter(TextWriter output)
{
    // The character that replaces unsafe characters such as control characters. An unsafe character could reverse the order of a line, or
    // end the page early.
    private const char Replacement = '\uFFFD';

    /// <summary>
    /// Begins an element, which ends when the result is disposed. A null attribute is left out; an empty one is written without a value.
    /// </summary>
    public Scope Element(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Begin(tag, attributes);
        output.Write('>');
        return new Scope(output, tag);
    }

    /// <summary>Writes an element with text.</summary>
    public void Element(string tag, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        using (Element(tag, attributes)) Text(text);
    }

    /// <summary>Writes an element without content, such as <c>meta</c>.</summary>
    public void Void(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Begin(tag, attributes);
        output.Write(" />");
    }

    /// <summary>Writes text.</summary>
    public void Text(string? text) => output.Write(Encode(text));

    /// <summary>Begins a new line in the file, so that tools can compare two reports line by line.</summary>
    public void Line() => output.Write('\n');

    /// <summary>Writes a style sheet without encoding.</summary>
    public void Style(string css)
    {
        using (Element("style")) output.Write(css);
    }

    /// <summary>Encodes text, so that a browser displays it as text only.</summary>
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

    /// <summary>Represents an open element.</summary>
    internal readonly struct Scope(TextWriter output, string tag) : IDisposable
    {
        /// <summary>Ends the element.</summary>
        public void Dispose() => output.Write($"</{tag}>");
    }
}
