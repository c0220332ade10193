using System.Text;
using System.Text.Json;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Checks that all output formats contain the same objects with the same values.</summary>
public sealed class OutputFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("domains")]
    [InlineData("info")]
    [InlineData("vcpus")]
    [InlineData("clocks")]
    [InlineData("channels --include-closed")]
    public void CommaSeparatedValuesAreThoseOfTheJson(string command)
    {
        var objects = Print(command, "json").Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToArray();
        var rows = Print(command, "csv").Select(Cells).ToArray();

        Assert.Equal(objects[0].EnumerateObject().Select(property => property.Name), rows[0]);
        Assert.Equal(objects.Length, rows.Length - 1);
        Assert.All(objects.Zip(rows.Skip(1)), pair =>
            Assert.Equal(pair.First.EnumerateObject().Select(property => Expected(property.Value)), pair.Second));
    }

    [Theory]
    [InlineData("domains")]
    [InlineData("vcpus")]
    [InlineData("clocks")]
    [InlineData("channels")]
    public void AWideTableAddsColumnsToTheTable(string command)
    {
        var table = Print(command, "table");
        var wide = Print(command, "wide");

        Assert.Equal(table.Length, wide.Length);
        Assert.All(table.Zip(wide), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.All(wide, line => Assert.Contains(line == wide[0] ? "HOST" : " dom0", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("JSON", "--json")]
    [InlineData("table", "")]
    public void FormatsHaveTheirOlderForms(string format, string option) =>
        Assert.Equal(Print("domains", format), Run("domains " + option).Lines);

    [Theory]
    [InlineData("channels --json --format csv", "not both")]
    [InlineData("channels --format yaml", "--format takes Table, Wide, Json or Csv, not 'yaml'")]
    [InlineData("faults -o csv", "faults prints a table or json")]
    public void WhatCannotBePrintedIsAUsageError(string command, string message)
    {
        var run = Run(command);

        Assert.Equal(2, run.Status);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatAGuestIsCalledStaysInItsCell()
    {
        const string Name = "\"name\":\"pv-fifo\"";
        var text = Encoding.UTF8.GetString(CaptureText.RealText());
        Assert.Contains(Name, text, StringComparison.Ordinal);
        var named = text.Replace(Name, $"\"name\":{JsonSerializer.Serialize("a,\"b\"\r\n\u001b[2J")}", StringComparison.Ordinal);

        var target = _folder.Write("named.xencap", CaptureText.Compress(Encoding.UTF8.GetBytes(named)));
        var run = CliProgram.Run("domains", "--domid", "1", "-o", "csv", "--target", target);

        Assert.Equal(2, run.Lines.Length);
        Assert.Equal("a,\"b\"??" + "?[2J", Cells(run.Lines[1])[1]);
    }

    [Fact]
    public void WithoutObjectsThereIsAHeadingAlone() =>
        Assert.StartsWith("DomId,", Assert.Single(Run("domains -o csv --name nobody").Lines), StringComparison.Ordinal);

    private string[] Print(string command, string format)
    {
        var run = Run($"{command} --format {format}");
        Assert.Equal(0, run.Status);
        return [.. run.Lines];
    }

    private CliResult Run(string command) =>
        CliProgram.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--target", _folder.RealCapture()]);

    private static string Expected(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.Number or JsonValueKind.String) =>
            string.Join(' ', value.EnumerateArray().Select(Expected)),
        _ => value.GetRawText(),
    };

    // RFC 4180.
    private static string[] Cells(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var index = 0; index < line.Length; index++)
        {
            if (line[index] == '"' && isQuoted && index + 1 < line.Length && line[index + 1] == '"') cell.Append(line[index++]);
            else if (line[index] == '"') isQuoted = !isQuoted;
            else if (line[index] != ',' || isQuoted) cell.Append(line[index]);
            else
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
        }
        return [.. cells, cell.ToString()];
    }
}
