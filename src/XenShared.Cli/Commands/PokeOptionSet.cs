using System.CommandLine;
using System.CommandLine.Parsing;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Poking;

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
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Show fields, places and values before each change." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line for each change." };
    private readonly Option<string?> _log = new("--log") { Description = "Append each change to this file.", HelpName = "FILE" };
    private readonly Option<bool>? _wire;
    private readonly Option<bool>? _force;

    /// <summary>Adds the options to a command. Only <c>poke</c> has the options to override guards and to serve a remote caller.</summary>
    public PokeOptionSet(Command command, bool isPoke)
    {
        _domId.Required = !isPoke;
        if (isPoke)
        {
            _force = new Option<bool>("--force") { Description = "Continue if a guard refuses the change; read its reason first." };
            _wire = Wire.CreateOption();
        }
        _domId.Range<ushort>(0, ushort.MaxValue);
        _target.Text(TargetName.FindProblem);
        foreach (var option in new Option?[] { _domId, _target, _yes, _whatIf, _verbose, _json, _log.Text(), _wire, _force })
            if (option is not null) command.Options.Add(option);
    }

    public ushort DomId(ParseResult parsed) => parsed.GetValue(_domId);

    /// <summary>Determines whether a domain is given.</summary>
    public bool HasDomain(SymbolResult result) => result.IsGiven(_domId);

    /// <summary>Determines whether guards are overridden.</summary>
    public bool IsForced(ParseResult parsed) => _force is not null && parsed.GetValue(_force);

    /// <summary>Sets the action of the command, which executes the requests that its options describe.</summary>
    public void SetAction(Command command, Func<ParseResult, IPokeObserver, IEnumerable<PokeRequest>> createRequests) =>
        command.SetAction(parsed =>
        {
            void Work(IPokeObserver observer)
            {
                var cancellation = Termination.Token;
                using var target = TargetName.Open(parsed.GetValue(_target), dump: null, cancellation);
                var runner = new PokeRunner(target, observer)
                {
                    Options = new PokeOptions
                    {
                        LogPath = parsed.GetValue(_log),
                        Locator = new GuestMemoryLocator(target, cancellation),
                    },
                };
                foreach (var request in createRequests(parsed, observer)) runner.Run(request, cancellation);
            }
            if (_wire is not null && parsed.GetValue(_wire)) return new Wire(Console.Out).Run(Work);
            return QueryRun.Run(_ =>
            {
                var console = new PokeConsole(
                    parsed.GetValue(_yes),
                    parsed.GetValue(_whatIf),
                    parsed.GetValue(_json),
                    parsed.GetValue(_verbose));
                Work(console);
                console.ThrowIfNotPrinted();
                return console.Count;
            });
        });
}
