using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO.Enumeration;
using System.Text.Json.Serialization.Metadata;
using XenShared.Cli.Commands;
using XenShared.Cli.Output;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Cli.Options;

/// <summary>Defines the options of every query: the target, the domains, and the output format.</summary>
internal sealed class QueryOptions
{
    private readonly Option<ushort[]> _domIds = new("--domid", "-d")
    {
        Description = "Only the domains of these numbers.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "N",
    };

    private readonly Option<string[]> _names = new("--name", "-n")
    {
        Description = "Only the domains whose names match, with * and ?.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "PATTERN",
    };

    private readonly Option<string> _target = new("--target", "-t")
    {
        Description =
            "'local', 'ssh://USER@NAME:PORT', 'simulated[:DOMAINS[:SEED]]', '-' for standard input, or a file: a capture, a core dump, a "
                + "saved guest, a page, or a console log.",
        DefaultValueFactory = _ => TargetName.Local,
        HelpName = "TARGET",
    };

    private readonly Option<int?> _dump = new("--dump")
    {
        Description = "The number of the dump in a console log with several dumps, from 1. Default: the last complete dump.",
        HelpName = "N",
    };

    private readonly Option<bool> _json = new("--json") { Description = "The same as --format json." };

    private readonly Option<OutputFormat?> _format = new("--format", "-o")
    {
        Description = "How to print: table; wide, with more columns; json, one object a line; csv.",
        HelpName = "table|wide|json|csv",
    };

    /// <summary>Adds the options to a command. <paramref name="withJson"/> is false for a command that prints no objects.</summary>
    public QueryOptions(Command command, bool withJson = true)
    {
        _target.CompletionSources.Add("local", "simulated", "ssh://");
        // Commands without JSON output, such as capture, take a file as their argument. In "--domid 1 FILE", the option must not take the
        // file as a second value. So for these commands each --domid and --name takes only one value.
        _domIds.AllowMultipleArgumentsPerToken = _names.AllowMultipleArgumentsPerToken = withJson;
        command.Options.Add(_domIds.Range<ushort>(0, ushort.MaxValue));
        command.Options.Add(_names.Text());
        command.Options.Add(_target.Text(TargetName.FindProblem));
        command.Options.Add(_dump.Range<int>(1, int.MaxValue));
        command.Together(result => result.IsGiven(_dump) && !TargetName.IsFile(result.GetValue(_target) ?? TargetName.Local)
            ? "--dump is for a console log: give it with --target."
            : null);
        if (!withJson) return;
        command.Options.Add(_json);
        command.Options.Add(_format.Names());
        _format.CompletionSources.Add("table", "wide", "json", "csv");
        command.Together(result => result.IsGiven(_json) && result.IsGiven(_format) ? "Give --json or --format, not both." : null);
    }

    /// <summary>Determines whether the command line asks for comma-separated values.</summary>
    public bool IsCsv(SymbolResult result) => result.IsGiven(_format) && result.GetResult(_format)!.Tokens is [var format]
        && string.Equals(format.Value, nameof(OutputFormat.Csv), StringComparison.OrdinalIgnoreCase);

    public OutputFormat Format(ParseResult parsed) =>
        parsed.GetValue(_format) ?? (parsed.GetValue(_json) ? OutputFormat.Json : OutputFormat.Table);

    /// <summary>Prints objects in the format that was chosen, and returns their number.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="objects">The objects.</param>
    /// <param name="type">Describes how to serialize the objects as JSON.</param>
    /// <param name="writeTable">Prints the objects as a table, or as a wide table if its second argument is true.</param>
    public int Write<T>(ParseResult parsed, IEnumerable<T> objects, JsonTypeInfo<T> type, Func<IEnumerable<T>, bool, int> writeTable) =>
        Format(parsed) switch
        {
            OutputFormat.Json => JsonLines.Write(objects, type),
            OutputFormat.Csv => CsvLines.Write(objects, type, Console.Out),
            var format => writeTable(objects, format == OutputFormat.Wide),
        };

    public DomainSelection Selection(ParseResult parsed) => new()
    {
        DomIds = parsed.GetValue(_domIds) ?? [],
        Names = (parsed.GetValue(_names) ?? []).Select(ToPattern).ToArray(),
    };

    public IXenDataSource Open(ParseResult parsed, CancellationToken cancellation) =>
        TargetName.Open(parsed.GetValue(_target), parsed.GetValue(_dump), cancellation);

    /// <summary>
    /// Returns the value of <c>--target</c> that a recommended command needs to write to the same host; null if that command needs none.
    /// </summary>
    public string? PokeTarget(ParseResult parsed) => TargetName.ForPoke(parsed.GetValue(_target));

    private static NamePattern ToPattern(string text) =>
        new(text, text.AsSpan().IndexOfAny('*', '?') >= 0, name => FileSystemName.MatchesSimpleExpression(text, name, ignoreCase: true));
}
