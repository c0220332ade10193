using System.Globalization;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects what one vCPU prints at Linux's debug interrupt: the upcall bits and selectors of all vCPUs, and the bitmaps of the shared
/// page.
/// </summary>
/// <param name="printingVcpu">The vCPU that prints.</param>
/// <param name="number">The number of the first line.</param>
internal sealed class LinuxDebugDump(int printingVcpu, int number)
{
    private const string PendingSection = "pending";
    private const string MaskSection = "global mask";

    // See InferredPorts: in the 64-bit layout, the clock of firmware can have left bits at these ports.
    private const uint LeftoverStart = 2048, LeftoverEnd = 2144;

    private readonly SortedDictionary<int, LinuxDebugLine> _vcpus = [];
    private readonly Dictionary<uint, int> _eventVcpus = [];
    private readonly List<ulong> _pending = [];
    private readonly List<ulong> _mask = [];
    private string? _section;
    private int _digits;

    /// <summary>Gets the number of the first line.</summary>
    public int Number => number;

    /// <summary>Gets a value indicating whether no further line has been read.</summary>
    public bool IsEmpty => _vcpus.Count == 0;

    /// <summary>Gets a value indicating whether both bitmaps have been read as a whole.</summary>
    public bool IsComplete => _digits > 0 && _vcpus.Count > 0 && _pending.Count == WordCount && _mask.Count == WordCount;

    /// <summary>Gets the number of words of a bitmap: as many as a word has bits.</summary>
    private int WordCount => _digits == 16 ? 64 : 32;

    /// <summary>Adds a line.</summary>
    public void Read(LinuxDebugLine line)
    {
        if (line.Section is { } section) _section = section;
        else if (line.Vcpu is { } vcpu && _section is null)
        {
            _vcpus[vcpu] = line;
            _digits = line.Digits;
        }
        else if (line.EventPort is { } port) _eventVcpus[port] = line.EventVcpu;
    }

    /// <summary>Adds words of a bitmap if the line contains nothing else behind its prefix.</summary>
    /// <param name="text">The line, with single blanks.</param>
    /// <param name="isPrefix">Determines whether a text is the prefix of the lines of this output.</param>
    /// <returns>True if the line has words.</returns>
    public bool ReadWords(string text, Func<string, bool> isPrefix)
    {
        const int LongestPrefix = 12;
        var bitmap = _section switch
        {
            PendingSection => _pending,
            MaskSection => _mask,
            _ => null,
        };
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var first = 0; first < words.Length && first <= LongestPrefix; first++)
        {
            if (!words.AsSpan(first).ToArray().All(IsWord) || !isPrefix(string.Join(' ', words[..first]))) continue;
            // The words of the other sections follow from those of these two.
            if (bitmap is not null && bitmap.Count + words.Length - first <= WordCount)
                bitmap.AddRange(words[first..].Select(Parse));
            return true;
        }
        return false;
    }

    private static ulong Parse(string word) => ulong.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private bool IsWord(string word) => word.Length == _digits && word.All(char.IsAsciiHexDigitLower);

    /// <summary>
    /// Returns the channels of the guest that are unmasked or pending. A masked port without an event looks like a closed one.
    /// </summary>
    public HypervisorDomain ToDomain(ushort domId)
    {
        var ports = new Dictionary<uint, HypervisorPort>();
        for (uint port = 1; port < WordCount * WordCount; port++)
        {
            var (isPending, isMasked) = (IsSet(_pending, port), IsSet(_mask, port));
            if (isMasked && (!isPending || port is >= LeftoverStart and < LeftoverEnd)) continue;
            ports[port] = new HypervisorPort(port, null, 0, false, EventAbi.TwoLevel, isPending, isMasked, null, null, null)
            {
                InSelector = _eventVcpus.TryGetValue(port, out var vcpu) && _vcpus.TryGetValue(vcpu, out var owner)
                    ? (owner.Selector >> (int)(port / WordCount) & 1) != 0
                    : null,
            };
        }
        return new HypervisorDomain(domId, EventAbi.TwoLevel, ports, IsComplete: false) { IsFromGuest = true };
    }

    /// <summary>Returns the states of the online vCPUs.</summary>
    public HypervisorDomainState ToState(ushort domId) =>
        new(
            domId,
            [
                .. _vcpus.Select(pair => new HypervisorVcpu(
                    pair.Key,
                    pair.Key == printingVcpu,
                    null,
                    pair.Value.IsPending,
                    // For the vCPU that prints, Linux prints the interrupt flag of what it interrupted.
                    pair.Key == printingVcpu ? null : pair.Value.IsMasked,
                    null,
                    null)
                {
                    ListedState = pair.Key == printingVcpu ? VcpuState.Running : null,
                    PendingSelector = pair.Value.Selector,
                }),
            ],
            HasAllVcpus: false)
        {
            Output = StateOutput.LinuxDebug,
        };

    // Linux prints the word with the highest ports first.
    private bool IsSet(List<ulong> bitmap, uint port) =>
        (bitmap[^(int)(port / WordCount + 1)] >> (int)(port % WordCount) & 1) != 0;
}
