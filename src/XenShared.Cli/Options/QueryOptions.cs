using System.CommandLine;
using System.IO.Enumeration;
using XenShared.Cli.Commands;
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
            "'local', 'ssh://USER@NAME:PORT', 'simulated[:DOMAINS[:SEED]]', or a file: a capture, a core dump, a saved guest, a page, or a "
                + "console log.",
        DefaultValueFactory = _ => TargetName.Local,
        HelpName = "TARGET",
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line." };

    /// <summary>Adds the options to a command. <paramref name="withJson"/> is false for a command that prints no objects.</summary>
    public QueryOptions(Command command, bool withJson = true)
    {
        _target.CompletionSources.Add("local", "simulated", "ssh://");
        // The option must not consume a file argument that follows it.
        _domIds.AllowMultipleArgumentsPerToken = _names.AllowMultipleArgumentsPerToken = withJson;
        command.Options.Add(_domIds.Range<ushort>(0, ushort.MaxValue));
        command.Options.Add(_names.Text());
        command.Options.Add(_target.Text(TargetName.FindProblem));
        if (withJson) command.Options.Add(_json);
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    public DomainSelection Selection(ParseResult parsed) => new()
    {
        DomIds = parsed.GetValue(_domIds) ?? [],
        Names = (parsed.GetValue(_names) ?? []).Select(ToPattern).ToArray(),
    };

    public IXenDataSource Open(ParseResult parsed, CancellationToken cancellation) =>
        TargetName.Open(parsed.GetValue(_target), cancellation);

    private static NamePattern ToPattern(string text) =>
        new(text, text.AsSpan().IndexOfAny('*', '?') >= 0, name => FileSystemName.MatchesSimpleExpression(text, name, ignoreCase: true));
}
