namespace XenShared.Reports.Html;

/// <summary>Writes a table with a caption and headings, in a box that scrolls on a narrow page, also with the keyboard.</summary>
internal sealed class HtmlTable : IDisposable
{
    private readonly HtmlWriter _html;
    private readonly string? _headingClass;
    private readonly Stack<HtmlWriter.Scope> _open = [];

    /// <summary>Begins the table.</summary>
    /// <param name="html">The writer.</param>
    /// <param name="caption">The caption, which is also the label of the box.</param>
    /// <param name="columns">The headings. A heading that begins with <c>#</c> is for a column of numbers.</param>
    public HtmlTable(HtmlWriter html, string caption, params ReadOnlySpan<string> columns)
    {
        _html = html;
        _headingClass = columns[0].StartsWith('#') ? "n" : null;
        _open.Push(html.Element("div", ("class", "scroll"), ("role", "region"), ("aria-label", caption), ("tabindex", "0")));
        _open.Push(html.Element("table"));
        html.Element("caption", caption);
        using (html.Element("thead"))
        using (html.Element("tr"))
        {
            foreach (var column in columns)
                html.Element("th", column.TrimStart('#'), ("scope", "col"), ("class", column.StartsWith('#') ? "n" : null));
        }
        html.Line();
        _open.Push(html.Element("tbody"));
        html.Line();
    }

    /// <summary>Writes a row: its heading, with a link if there is one, and its cells.</summary>
    public void Row(string heading, string? link, params ReadOnlySpan<(string? Class, string Text)> cells)
    {
        using (_html.Element("tr"))
        {
            using (_html.Element("th", ("scope", "row"), ("class", _headingClass)))
            {
                if (link is null) _html.Text(heading);
                else _html.Element("a", heading, ("href", link));
            }
            foreach (var (name, text) in cells) _html.Element("td", text, ("class", name));
        }
        _html.Line();
    }

    /// <summary>Ends the table.</summary>
    public void Dispose()
    {
        while (_open.TryPop(out var scope)) scope.Dispose();
        _html.Line();
    }
}
