using System.CommandLine;
using System.CommandLine.Parsing;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Poking;
using XenShared.Targets;

namespace XenShared.Cli.Commands;

/// <summary>Defines the options of every command that writes.</summary>
internal sealed class PokeOptionSet
{
    private readonly Option<ushort> _domId = new("--domid", "-d") { Description = "The domain.", HelpName = "N" };
    private readonly Option<string> _target = new("--target", "-t")
    {
        Description = "'local', 'ssh://USER@NAME:PORT', or 'simulated[:DOMAINS[:SEED]]'.",
        DefaultValueFactory = _ => TargetName.Local,
        HelpName = "TARGET",
    };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask." };
    private readonly Option<bool> _whatIf = new("--what-if") { Description = "Show what would be done, and do nothing." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line for each change." };
    private readonly Option<string?> _log = new("--log") { Description = "Append each change to this file.", HelpName = "FILE" };
    private readonly Option<bool> _wire = Wire.CreateOption();
    private readonly Option<bool>? _force;

    public PokeOptionSet(Command command, bool canForce, bool needsDomain)
    {
        _domId.Required = needsDomain;
        if (canForce) _force = new Option<bool>("--force") { Description = "Go on where a guard objects; see what it says first." };
        _domId.Range<ushort>(0, ushort.MaxValue);
        _target.Text(TargetName.FindProblem);
        foreach (var option in new Option?[] { _domId, _target, _yes, _whatIf, _json, _log.Text(), _wire, _force })
            if (option is not null) command.Options.Add(option);
    }

    public ushort DomId(ParseResult parsed) => parsed.GetValue(_domId);

    /// <summary>Determines whether a domain is given.</summary>
    public bool HasDomain(SymbolResult result) => result.IsGiven(_domId);

    /// <summary>Sets what the command does.</summary>
    public void SetAction(Command command, Action<ParseResult, IXenDataSource, IPokeObserver, PokeOptions, CancellationToken> poke) =>
        command.SetAction(parsed =>
        {
            void Work(IPokeObserver observer)
            {
                var cancellation = Termination.Token;
                using var target = TargetName.Open(parsed.GetValue(_target), cancellation);
                var options = new PokeOptions
                {
                    Force = _force is not null && parsed.GetValue(_force),
                    LogPath = parsed.GetValue(_log),
                    Locator = new GuestMemoryLocator(target, cancellation),
                };
                poke(parsed, target, observer, options, cancellation);
            }
            if (parsed.GetValue(_wire)) return new Wire(Console.Out).Run(Work);
            return QueryRun.Run(_ =>
            {
                var console = new PokeConsole(parsed.GetValue(_yes), parsed.GetValue(_whatIf), parsed.GetValue(_json));
                Work(console);
                console.ThrowIfNotPrinted();
                return console.Count;
            });
        });

    /// <summary>Determines whether the command communicates with a remote caller (<c>--wire</c>).</summary>
    public bool IsWire(ParseResult parsed) => parsed.GetValue(_wire);
}
