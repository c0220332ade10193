using System.Diagnostics;
using XenShared.Files;
using XenShared.Guests;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Benchmarks;

/// <summary>
/// Measures searching a guest's memory, compared with mapping the same frames and reading one word of each, and measures a listing without
/// a search.
/// </summary>
internal static class ScanCost
{
    private const int Rounds = 12;
    private const int FramesAtOnce = 512;

    /// <summary>Measures the search of a domain, prints the result, and returns an exit status.</summary>
    public static int Print(ushort domId)
    {
        try
        {
            using var target = LocalTarget.Open();
            var guest = new GuestInspector(target).Inspect([target.ReadDomain(domId)], TimeSpan.Zero, default).Single();
            var page = guest.Latest!.Page;
            var layout = guest.Layout.Layout!;
            var array = new EventArrayPattern(guest.Ports!);
            var block = new ControlBlockPattern(guest.Ports!);
            var record = VcpuInfoPattern.FromSlots(VcpuTimeContent.DecodeSlots(page.Span, layout));
            IFrameList frames =
                guest.Domain.Type == DomainType.PV
                    ? P2mTable.Open(target, domId, guest.Domain.TotalPages, ArchInfoContent.Decode(page.Span, layout))!
                    : new TranslatedFrames(target, domId);
            var (touch, arrays, all) = (double.MaxValue, double.MaxValue, double.MaxValue);
            ulong count = 0;
            // The measurements alternate, so that a slower phase of the host affects all of them. The best of each is used, because a
            // disturbance only makes a round longer.
            for (var round = 0; round < Rounds; round++)
            {
                touch = Math.Min(touch, Time(() => count = Touch(target, domId, frames)));
                arrays = Math.Min(arrays, Time(() => GuestMemoryScanner.Run(target, domId, frames, array, null, null, null, default)));
                all = Math.Min(all, Time(() => GuestMemoryScanner.Run(target, domId, frames, array, record, block, null, default)));
            }
            Console.WriteLine(FormattableString.Invariant($"domain {domId}, {count} pages of {frames.Count} frame numbers"));
            Console.WriteLine(FormattableString.Invariant($"map and touch a word of each   {touch,8:0} ms"));
            Console.WriteLine(FormattableString.Invariant($"search for the event array     {arrays,8:0} ms   ratio {arrays / touch:0.00}"));
            Console.WriteLine(FormattableString.Invariant($"search for vCPU records too    {all,8:0} ms   ratio {all / touch:0.00}"));
            PrintListings(target, domId, touch);
            return 0;
        }
        catch (XenException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static void PrintListings(LocalTarget target, ushort domId, double touch)
    {
        var remembered = new GuestLocationCache(null);
        var maps = new List<double>();
        for (var listing = 0; listing < 3; listing++)
        {
            var options = new LocatorOptions { EventArrays = true, Remembered = remembered };
            maps.Add(
                Time(() =>
                    _ = new GuestInspector(target) { Locate = options }
                        .Inspect([target.ReadDomain(domId)], TimeSpan.Zero, default)
                        .Count()));
        }
        Console.WriteLine(FormattableString.Invariant($"first listing                  {maps[0],8:0} ms   ratio {maps[0] / touch:0.00}"));
        Console.WriteLine(
            FormattableString.Invariant($"next listing                   {maps[1..].Min(),8:0} ms   ratio {maps[1..].Min() / touch:0.000}")
        );
    }

    private static ulong Touch(LocalTarget target, ushort domId, IFrameList list)
    {
        ulong count = 0, sum = 0;
        foreach (var batch in list.Read())
        {
            for (var first = 0; first < batch.Frames.Length; first += FramesAtOnce)
                count += (ulong)
                    target.VisitFrames(
                        domId,
                        batch.Frames.Span.Slice(first, Math.Min(FramesAtOnce, batch.Frames.Length - first)),
                        (_, page) => sum += page[0]);
        }
        GC.KeepAlive(sum);
        return count;
    }

    private static double Time(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
