using XenShared.Files;
using XenShared.Guests;
using XenShared.Guests.Locating;
using XenShared.Targets;

namespace XenShared.Xen.Sampler;

/// <summary>Searches a guest's memory repeatedly, without a cache.</summary>
internal static class Scans
{
    public static void Print(int count, ushort domId)
    {
        using var target = LocalTarget.Open();
        var results = new Dictionary<string, int>();
        for (var scan = 0; scan < count; scan++)
        {
            var result = Search(target, domId);
            results[result] = results.GetValueOrDefault(result) + 1;
            if (scan == 0) Console.WriteLine("searching");
        }
        foreach (var (result, times) in results) Console.WriteLine($"{times} {result}");
    }

    private static string Search(LocalTarget target, ushort domId)
    {
        try
        {
            var options = new LocatorOptions { EventArrays = true, Remembered = new GuestLocationCache(null) };
            var guest = new GuestInspector(target) { Locate = options }
                .Inspect([target.ReadDomain(domId)], TimeSpan.Zero, default)
                .Single();
            return guest.EventArray is { } array
                ? "found at PFN " + string.Join(' ', array.Pages.Select(page => page.Pfn))
                : guest.EventArrayError?.Message ?? "not looked for";
        }
        catch (XenException error)
        {
            return error.Message;
        }
    }
}
