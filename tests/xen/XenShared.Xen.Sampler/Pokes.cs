using System.Globalization;
using XenShared.Guests;
using XenShared.Poking;
using XenShared.Targets;

namespace XenShared.Xen.Sampler;

/// <summary>
/// Makes random pokes and events of one guest, with the same guards as for an administrator, and restores the guest with the product's own
/// means. Anything except a refusal, a lost race or a slow guest ends the program.
/// </summary>
internal sealed class Pokes : IPokeObserver
{
    // The weights are per cent. Pokes that sample the guest for some time are rare, because they are slow.
    private const int Events = 55, Masks = 75, Pendings = 80, Fields = 92, Undos = 97, Repairs = 98;
    private const ushort Invalid = 0x7ff0;

    private static readonly PokeField[] s_masks = [PokeField.Mask, PokeField.EventWordMask];

    private readonly LocalTarget _target = LocalTarget.Open();
    private readonly Random _random;
    private readonly PokeOptions _options;
    private readonly ushort _domId;
    private readonly List<XenPoke> _done = [];
    private readonly Dictionary<uint, bool> _foundMasked = [];
    private readonly Dictionary<string, ulong> _foundFields = [];
    private readonly SortedDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly TextWriter _trace;
    private int _written;

    private Pokes(ushort domId, int seed, TextWriter trace)
    {
        _domId = domId;
        _trace = trace;
        _random = new Random(seed);
        _options = new PokeOptions { SampleTime = TimeSpan.FromSeconds(1), Locator = new GuestMemoryLocator(_target) };
    }

    public static void Print(int count, int seed, ushort domId, string? trace)
    {
        using var writer = trace is null ? TextWriter.Null : new StreamWriter(trace) { AutoFlush = true };
        var pokes = new Pokes(domId, seed, writer);
        using var target = pokes._target;
        for (var round = 0; round < count; round++) pokes.Try(pokes.Random());
        var written = pokes._written;
        writer.WriteLine("-- in the end all is put right");
        pokes.PutRight();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} tried, {written} written or sent"));
        foreach (var (outcome, times) in pokes._outcomes)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times} {outcome}"));
    }

    public bool Confirm(PokeProposal proposal)
    {
        Trace(proposal.Text);
        return true;
    }

    public void Done(XenPoke poke)
    {
        // An undone poke is no longer in the list, so the original values are kept separately.
        if (poke is { Port: { } port, Before: { } before } && s_masks.Contains(poke.Kind)) _foundMasked.TryAdd(port, before != 0);
        if (poke is { Kind: PokeField.Field, Before: { } found }) _foundFields.TryAdd(poke.Field, found);
        _done.Add(poke);
        _written++;
    }

    public void Warn(string message)
    {
    }

    private Action Random()
    {
        var ports = _target.ReadPorts(_domId);
        // Sometimes a closed port is chosen.
        var port = _random.Next(20) == 0 ? (uint)_random.Next((int)ports.ValidPorts) : ports.Bound[_random.Next(ports.Bound.Count)].Port;
        return _random.Next(100) switch
        {
            < Events => () => Run(new SendEventRequest { DomId = _domId, Port = port }),
            < Masks => () => Run(new SetPortRequest { DomId = _domId, Port = port, Masked = Bit() }),
            < Pendings => () => Run(new SetPortRequest { DomId = _domId, Port = port, Masked = Bit(), Pending = Bit() }),
            < Fields => RandomField(),
            < Undos => () => Undo(_done.Count == 0 ? null : _done[_random.Next(_done.Count)]),
            < Repairs => () => Run(new RepairPortRequest { DomId = _domId, Port = port, Unmask = Bit() }),
            _ => () => Run(new SetVcpuRequest
            {
                DomId = _domId,
                Vcpu = 0,
                UpcallPending = Bit(),
                UpcallMask = Bit(),
                PendingSelector = _random.Next(2) == 0 ? null : (ulong)_random.Next(4),
            }),
        };
    }

    private void Run(PokeRequest request) => new PokeRunner(_target, this) { Options = _options }.Run(request);

    private Action RandomField()
    {
        if (_random.Next(8) == 0)
            return () => Run(new SetWallClockRequest { DomId = _domId, Time = DateTimeOffset.UtcNow.AddSeconds(_random.Next(-5, 6)) });
        var guest = new GuestInspector(_target).Inspect([_target.ReadDomain(_domId)], TimeSpan.Zero, default).Single();
        string[] names = guest.Layout.Layout is { } layout ? [.. PokeFields.Names(layout, 1)] : ["arch.max_pfn"];
        var name = names[_random.Next(names.Length)];
        return () => Run(new SetFieldRequest { DomId = _domId, Field = name, Value = (ulong)_random.Next(Invalid) });
    }

    private void Undo(XenPoke? poke)
    {
        if (poke is null) return;
        Run(new UndoPokeRequest { Poke = poke });
        _done.Remove(poke);
    }

    // Fields are restored, the last one first, because a toolstack that saves the guest reads some of them. Ports that this program masked
    // are unmasked, so that the guest handles their events.
    private void PutRight()
    {
        foreach (var poke in _done.ToArray().Reverse().Where(poke => poke.Kind is PokeField.Field or PokeField.WallClock))
            Try(() => Undo(poke));
        // Where one in the midst was undone before, those around it no longer fit together, and field and clock stay where they left them.
        foreach (var (name, found) in _foundFields.ToArray())
            Try(() => Run(new SetFieldRequest { DomId = _domId, Field = name, Value = found, Force = true }));
        var host = _target.ReadHostClock() ?? throw new InvalidOperationException("The control domain's page has no wall clock.");
        var began = DateTimeOffset.UnixEpoch.AddSeconds(host.Seconds).AddTicks(host.Nanoseconds / TimeSpan.NanosecondsPerTick);
        Try(() => Run(new SetWallClockRequest { DomId = _domId, Time = began }));
        foreach (var port in _foundMasked.Where(found => !found.Value).Select(found => found.Key).Order().ToArray())
        {
            Try(() => Run(new RepairPortRequest { DomId = _domId, Port = port, Unmask = true }));
        }
    }

    private void Try(Action poke)
    {
        string outcome;
        try
        {
            var before = _written;
            poke();
            outcome = _written == before ? "nothing to do" : "done";
        }
        catch (XenException error)
            when (error.Id
                    is XenErrorId.PokeRefused
                        or XenErrorId.PokeLostRace
                        or XenErrorId.WaitTimedOut
                        or XenErrorId.EventChannelNotFound)
        {
            outcome = $"{error.Id}: {new string([.. error.Message.Select(letter => char.IsAsciiDigit(letter) ? '#' : letter)])}";
        }
        Trace(outcome);
        _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
    }

    private void Trace(string text) => _trace.WriteLine($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {text}");

    private bool Bit() => _random.Next(2) == 0;
}
