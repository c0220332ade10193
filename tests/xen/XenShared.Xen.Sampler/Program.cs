using System.Globalization;

namespace XenShared.Xen.Sampler;

/// <summary>
/// Runs one of these commands. <c>running COUNT DOMID...</c> and <c>paused COUNT DOMID...</c> print the channels of the domains, and the
/// output of debug key 'e' immediately before and after, as one JSON object per line. With <c>paused</c>, the domains are paused for each
/// sample and run between samples, so that nothing changes between the three reads. <c>scan COUNT DOMID</c> searches the domain's memory
/// again each time, and prints how often each result was found. <c>poke COUNT SEED DOMID [TRACE]</c> makes random guarded pokes and events,
/// prints how often each outcome occurred, and writes each with its time to a file.
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
