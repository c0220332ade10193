using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Poking;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>
/// Follows the advice of refused pokes, one after the other, until a poke is made or an advice states that nothing can be done. An unknown
/// advice, and an advice that leads back to a refused poke, fail the test.
/// </summary>
internal sealed partial class AdviceFollower(SimulatedTarget target, SimulatedGuest guest, PokeOptions? options = null)
{
    private static readonly string[] s_deadEnds =
    [
        "leave it to", "do not change it", "restart the guest if it hangs", "check whether its vCPU", "read the domain",
        "check the domain", "read it again", "list ", "check the port number", "check the field name", "give ", "wait until",
        "have that domain send", "set the wall clock as a whole", "use the command for", "name the guest", "use a name",
        "locate the event array", "the domain is paused, so unpause it", "unpause it",
    ];

    private readonly RecordingPokes _pokes = new();

    /// <summary>Gets the steps that were done, as text, oldest first.</summary>
    public List<string> Trail { get; } = [];

    private PokeOptions Options => options ?? new PokeOptions { Locator = new GuestMemoryLocator(target) };

    /// <summary>Makes a poke. If it is refused, follows the advice.</summary>
    /// <returns>The advice that ends without a poke; null if a poke was made.</returns>
    public string? Follow(string name, Action poke)
    {
        for (; ; )
        {
            Assert.False(Trail.Contains(name), $"The advice leads in a circle: {string.Join(" -> ", Trail)} -> {name}");
            Trail.Add(name);
            try
            {
                poke();
                return null;
            }
            catch (XenException error)
                when (error.Id
                        is XenErrorId.PokeRefused
                            or XenErrorId.PokeLostRace
                            or XenErrorId.WaitTimedOut
                            or XenErrorId.EventChannelNotFound)
            {
                Trail.Add(error.Message);
                var (next, action) = Next(error.Advice!);
                if (action is null) return error.Advice;
                (name, poke) = (next, action);
            }
        }
    }

    private (string Name, Action? Poke) Next(string advice)
    {
        var domId = guest.Plan.DomId;
        var text = advice.Replace(", or use force", "", StringComparison.Ordinal);
        if (Sends().Match(text) is { Success: true } send) return (send.Value, () =>
            new PokeRunner(target, _pokes) { Options = Options }.Send(domId, Port(send)));
        if (Unmasks().Match(text) is { Success: true } unmask) return ($"repair {Port(unmask)} -Unmask", () =>
            Repair(Port(unmask), unmask: true));
        if (Repairs().Match(text) is { Success: true } repair) return ($"repair {Port(repair)}", () => Repair(Port(repair), unmask: false));
        Assert.True(s_deadEnds.Any(end => text.Contains(end, StringComparison.OrdinalIgnoreCase)),
            $"Nobody knows what '{advice}' is: {string.Join(" -> ", Trail)}");
        return ("", null);
    }

    private void Repair(uint port, bool unmask) =>
        new PokeRunner(target, _pokes) { Options = Options }.Repair(guest.Plan.DomId, port, unmask);

    private static uint Port(Match match) => uint.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^send a real event on port (?<port>\d+) instead\.$", RegexOptions.IgnoreCase)]
    private static partial Regex Sends();

    [GeneratedRegex(@"repair port (?<port>\d+) and unmask it|^request to unmask port (?<port>\d+) as well\.$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Unmasks();

    [GeneratedRegex(@"^repair port (?<port>\d+) instead\.$", RegexOptions.IgnoreCase)]
    private static partial Regex Repairs();
}
