using System.Globalization;

namespace XenShared.Xen.Sampler;

/// <summary>
/// <c>running COUNT DOMID...</c>, <c>paused COUNT DOMID...</c>: the channels of the domains, and what debug key 'e' shows right before and
/// right after; a JSON object a line. With <c>paused</c> the domains stand still for each sample and run on in between, so that nothing can
/// come and go between the three looks. <c>scan COUNT DOMID</c>: searches the domain's memory again each time; prints how often what was
/// found. <c>poke COUNT SEED DOMID [TRACE]</c>: random guarded pokes and events; prints how often what came out, and writes each, with its
/// time, into a file.
/// </summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["running" or "paused", var count, .. var domIds] when domIds.Length > 0:
                ChannelSamples.Print(Number(count), arguments[0] == "paused", [.. domIds.Select(domId => (ushort)Number(domId))]);
                return 0;
            case ["scan", var count, var domId]:
                Scans.Print(Number(count), (ushort)Number(domId));
                return 0;
            case ["poke", var count, var seed, var domId, .. var trace] when trace.Length <= 1:
                Pokes.Print(Number(count), Number(seed), (ushort)Number(domId), trace.SingleOrDefault());
                return 0;
            default:
                Console.Error.WriteLine(
                    "running COUNT DOMID... | paused COUNT DOMID... | scan COUNT DOMID | poke COUNT SEED DOMID [TRACE]");
                return 2;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
