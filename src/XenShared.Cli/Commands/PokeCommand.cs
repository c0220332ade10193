using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Files;
using XenShared.Poking;

namespace XenShared.Cli.Commands;

/// <summary>Performs all writes except sending events. The options decide which write.</summary>
internal sealed class PokeCommand
{
    /// <summary>Gets the command with its options.</summary>
    internal Command Command { get; } = new(
        "poke",
        "Write to a domain's page: bits of a port or a vCPU, a field, or the wall clock. Repair a channel. Undo writes.");
    private readonly Option<uint?> _port = new("--port", "-p")
    {
        Description = "A port, with --masked, --pending or --repair.",
        HelpName = "N",
    };
    private readonly Option<bool?> _masked = new("--masked") { Description = "The new value of the port's mask bit: true or false." };
    private readonly Option<bool?> _pending = new("--pending") { Description = "The new value of the port's pending bit: true or false." };
    private readonly Option<bool> _repair = new("--repair") { Description = "Make the guest handle the event that is stuck on the port." };
    private readonly Option<bool> _unmask = new("--unmask") { Description = "With --repair: also unmask the port." };
    private readonly Option<double?> _patience = new("--patience")
    {
        Description = "With --repair: how many seconds the guest may take to handle the event.",
        HelpName = "SECONDS",
    };
    private readonly Option<int?> _vcpu = new("--vcpu") { Description = "A vCPU, with one of the three options below.", HelpName = "N" };
    private readonly Option<bool?> _upcallPending = new("--upcall-pending")
    {
        Description = "The new value of upcall_pending, which makes the vCPU check for events: true or false.",
    };
    private readonly Option<bool?> _upcallMask = new("--upcall-mask")
    {
        Description = "The new value of upcall_mask, which turns a PV vCPU's interrupts off: true or false.",
    };
    private readonly Option<string?> _selector = new("--selector")
    {
        Description = "The new pending selector (the words that the vCPU checks), as a number.",
        HelpName = "BITS",
    };
    private readonly Option<string?> _field = new("--field")
    {
        Description = "A field by Xen's own name, with --value.",
        HelpName = "NAME",
    };
    private readonly Option<string?> _value = new("--value")
    {
        Description = "The field's new value: decimal, or hexadecimal after 0x.",
        HelpName = "N",
    };
    private readonly Option<DateTimeOffset?> _clock = new("--wall-clock")
    {
        Description = "The new wall clock of the domain: the time at which Xen's system time was 0.",
        HelpName = "TIME",
    };
    private readonly Option<string?> _undo = new("--undo")
    {
        Description = "Undo the writes in this file (lines of --json or --log), the last one first; - is standard input.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _request = new("--request")
    {
        Description = "Execute the request in this file, a line of JSON; - is standard input.",
        HelpName = "FILE",
        Hidden = true,
    };
    private readonly PokeOptionSet _options;

    internal PokeCommand()
    {
        _port.Range(0u, uint.MaxValue);
        _patience.Range(0, RepairPortRequest.MaximumTimeoutSeconds);
        _vcpu.Range(0, int.MaxValue);
        _clock.Date();
        foreach (var option in new[] { _masked, _pending, _upcallPending, _upcallMask }) option.TrueOrFalse();
        foreach (var option in new[] { _selector, _value })
            option.Text(text =>
                Number(text) is null
                    ? $"{OptionValues.Quote(text)} is not a 64-bit number; write it in decimal, or in hexadecimal after 0x."
                    : null);
        foreach (var option in new Option[]
            {
                _port,
                _masked,
                _pending,
                _repair,
                _unmask,
                _patience,
                _vcpu,
                _upcallPending,
                _upcallMask,
                _selector,
                _field.Text(),
                _value,
                _clock,
                _undo.Text(),
                _request.Text(),
            })
            Command.Options.Add(option);
        _options = new PokeOptionSet(Command, isPoke: true);
        Command.Together(FindProblem);
        _options.SetAction(Command, CreateRequests);
    }

    public static Command Create() => new PokeCommand().Command;

    // Returns the first problem with the combination of the options in the result; null if there is none.
    private string? FindProblem(CommandResult result)
    {
        bool Has(params ReadOnlySpan<Option> options)
        {
            foreach (var option in options)
                if (result.IsGiven(option)) return true;
            return false;
        }
        var kinds = new Option[] { _port, _vcpu, _field, _clock, _undo, _request }.Count(option => Has(option));
        if (kinds != 1)
            return "Give one of --port, --vcpu, --field, --wall-clock and --undo.";
        if (Has(_undo) && _options.HasDomain(result))
            return "Omit --domid: the records of --undo name their domains.";
        if (Has(_request) && _options.HasDomain(result))
            return "Omit --domid: the request names its domain.";
        if (!Has(_undo, _request) && !_options.HasDomain(result))
            return "Name the domain with --domid.";
        if (!Has(_port) && Has(_masked, _pending, _repair, _unmask, _patience))
            return "--masked, --pending, --repair, --unmask and --patience belong to --port.";
        if (!Has(_vcpu) && Has(_upcallPending, _upcallMask, _selector))
            return "--upcall-pending, --upcall-mask and --selector belong to --vcpu.";
        if (Has(_field) != Has(_value))
            return "--field and --value belong together.";
        if (Has(_port) && !Has(_repair, _masked, _pending))
            return "Give --masked, --pending or --repair with --port.";
        if (Has(_vcpu) && !Has(_upcallPending, _upcallMask, _selector))
            return "Give --upcall-pending, --upcall-mask or --selector with --vcpu.";
        if (!Has(_repair) && Has(_unmask, _patience))
            return "--unmask and --patience belong to --repair.";
        if (Has(_repair) && Has(_masked, _pending))
            return "--repair does not go with --masked or --pending.";
        return null;
    }

    private IEnumerable<PokeRequest> CreateRequests(ParseResult parsed, IPokeObserver observer)
    {
        var isForced = _options.IsForced(parsed);
        if (parsed.GetValue(_request) is { } requestFile)
        {
            var request = ReadLines(requestFile, ReadRequest);
            return [request with { Force = request.Force || isForced }];
        }
        if (parsed.GetValue(_undo) is not { } file) return [CreateRequest(parsed)];
        var pokes = ReadLines(file, (lines, source) => ReadPokes(lines, source, observer));
        return PokeHistory.SelectDone(pokes, observer.Warn).Select(poke => new UndoPokeRequest { Poke = poke, Force = isForced });
    }

    /// <summary>Creates the request that the options describe.</summary>
    internal PokeRequest CreateRequest(ParseResult parsed) => ReadOptions(parsed) with { Force = _options.IsForced(parsed) };

    private PokeRequest ReadOptions(ParseResult parsed)
    {
        var domId = _options.DomId(parsed);
        if (parsed.GetValue(_port) is { } port)
        {
            return parsed.GetValue(_repair)
                ? new RepairPortRequest
                {
                    DomId = domId,
                    Port = port,
                    Unmask = parsed.GetValue(_unmask),
                    Timeout = TimeSpan.FromSeconds(parsed.GetValue(_patience) ?? RepairPortRequest.DefaultTimeoutSeconds),
                }
                : new SetPortRequest
                {
                    DomId = domId,
                    Port = port,
                    Masked = parsed.GetValue(_masked),
                    Pending = parsed.GetValue(_pending),
                };
        }
        if (parsed.GetValue(_vcpu) is { } vcpu)
        {
            return new SetVcpuRequest
            {
                DomId = domId,
                Vcpu = vcpu,
                UpcallPending = parsed.GetValue(_upcallPending),
                UpcallMask = parsed.GetValue(_upcallMask),
                PendingSelector = Number(parsed.GetValue(_selector)),
            };
        }
        if (parsed.GetValue(_clock) is { } clock) return new SetWallClockRequest { DomId = domId, Time = clock };
        return new SetFieldRequest
        {
            DomId = domId,
            Field = parsed.GetValue(_field)!,
            Value = Number(parsed.GetValue(_value))!.Value,
        };
    }

    private static T ReadLines<T>(string file, Func<InputLines, string, T> read)
    {
        if (file == "-") return Read(Console.In, "Standard input");
        using var reader = new StreamReader(InputFile.Open(file, Termination.Token));
        return Read(reader, $"'{file}'");

        T Read(TextReader text, string source) => read(new InputLines(text, source), source);
    }

    // Returns the request, which is the first line that is not blank. Later lines are not read here: a remote caller keeps the stream open
    // for its answers to prompts, so reading to the end would never return.
    private static PokeRequest ReadRequest(InputLines lines, string source)
    {
        try
        {
            if (lines.ReadRecord() is { } line) return PokeRequestLine.Read(line);
        }
        catch (JsonException)
        {
            // The line is not a request. The error below is thrown, the same as for a file without lines.
        }
        throw new XenException(XenErrorId.FileNotRecognised, $"{source} does not contain a request", "give a line of JSON with its kind");
    }

    // Returns the pokes of a log. If several programs append to a log, one of its lines can be truncated. Such a line is only counted for a
    // warning, because the other lines are still valid.
    private static List<XenPoke> ReadPokes(InputLines lines, string source, IPokeObserver observer)
    {
        var pokes = new List<XenPoke>();
        var others = 0;
        while (lines.ReadRecord() is { } line)
        {
            if (PokeLine.TryRead(line, out var poke)) pokes.Add(poke);
            else others++;
        }
        if (pokes.Count == 0)
            throw new XenException(
                XenErrorId.FileNotRecognised,
                $"{source} does not contain the record of a poke",
                "give the lines that --json or --log wrote");
        if (others > 0)
            observer.Warn(
                $"{source} has {others.ToString(CultureInfo.InvariantCulture)} lines that are not the record of a poke, and ignores "
                    + "them.");
        return pokes;
    }

    private static ulong? Number(string? text) =>
        text switch
        {
            null => null,
            _ when text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => ulong.TryParse(
                text.AsSpan(2),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var hex)
                ? hex
                : null,
            _ => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
        };
}
