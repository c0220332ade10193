namespace XenShared.Cli.Output;

/// <summary>
/// Prints rows under headings of fixed width. A cell that is too long is not truncated, but moves the rest of its row to the right.
/// </summary>
internal sealed class TextTable(TextWriter output, params (string Heading, int Width)[] columns)
{
    private bool _hasHeading;

    /// <summary>Prints a row. A negative column width aligns to the right.</summary>
    public void Add(params ReadOnlySpan<string> cells)
    {
        if (!_hasHeading) output.WriteLine(Line(columns.Select(column => column.Heading).ToArray()));
        _hasHeading = true;
        output.WriteLine(Line(cells));
    }

    private string Line(ReadOnlySpan<string> cells)
    {
        var line = new System.Text.StringBuilder();
        for (var index = 0; index < cells.Length; index++)
        {
            var width = columns[index].Width;
            var cell = TextFormat.Plain(cells[index]);
            line.Append(width < 0 ? cell.PadLeft(-width) : cell.PadRight(width)).Append(' ');
        }
        return line.ToString().TrimEnd();
    }
}
