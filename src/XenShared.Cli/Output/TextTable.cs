namespace XenShared.Cli.Output;

/// <summary>
/// Prints rows to the console under headings of fixed width. A cell that is too long is not truncated, but moves the rest of its row to
/// the right. A negative column width aligns to the right.
/// </summary>
internal sealed class TextTable
{
    private readonly (string Heading, int Width)[] _columns;
    private bool _hasHeading;

    /// <summary>Creates a table.</summary>
    /// <param name="columns">The columns of every table.</param>
    /// <param name="wideColumns">The further columns of a wide table.</param>
    /// <param name="isWide">Whether the table is wide.</param>
    public TextTable((string Heading, int Width)[] columns, (string Heading, int Width)[] wideColumns, bool isWide) =>
        _columns = isWide ? [.. columns, .. wideColumns] : columns;

    /// <summary>Prints a row: the cells of every table, and those of a wide one.</summary>
    public void Add(string[] cells, string[] wideCells)
    {
        if (!_hasHeading) Console.Out.WriteLine(Line([.. _columns.Select(column => column.Heading)]));
        _hasHeading = true;
        Console.Out.WriteLine(Line([.. cells, .. wideCells]));
    }

    private string Line(ReadOnlySpan<string> cells)
    {
        var line = new System.Text.StringBuilder();
        for (var index = 0; index < cells.Length; index++)
        {
            var (heading, width) = _columns[index];
            var cell = TextFormat.Plain(cells[index]);
            // The cell is padded to its width before it is coloured, because the codes for colours have no width on the terminal.
            line.Append(TerminalColor.Apply(heading, cell, width < 0 ? cell.PadLeft(-width) : cell.PadRight(width))).Append(' ');
        }
        return line.ToString().TrimEnd();
    }
}
