using System.IO.Compression;
using System.Text;
using XenShared.Fuzz.Samples;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;

namespace XenShared.Fuzz;

/// <summary>Lists the readers of all external data.</summary>
public static class FuzzReaders
{
    // A guest that claims the most vCPUs there can be gets a record for each, from several questions.
    private const long OfManyVcpus = 48L << 20;

    // Valid files from which inputs are created.
    private const int Variants = 128;

    private static readonly string[] s_sections = [".note.Xen", ".xen_prstatus", ".xen_pages", ".xen_p2m", ".xen_pfn"];

    private static readonly byte[][] s_cores = Make(MakeCore);
    private static readonly byte[][] s_saves = Make(MakeSave);
    private static readonly byte[][] s_logs = Make(random => Encoding.Latin1.GetBytes(new ConsoleLogWriter(random).Write()));
    private static readonly byte[][] s_pasted = Make(random => PastedText.Write(new ConsoleLogWriter(random).Write(), random));
    private static readonly byte[][] s_captures = [.. Captures()];

    /// <summary>Gets all readers.</summary>
    public static IReadOnlyList<FuzzReader> All { get; } =
    [
        new("capture", MakeCapture, Ask, OfManyVcpus),
        new("core", random => Mutation.Mutate(s_cores[random.Next(Variants)], random), Ask, OfManyVcpus),
        new("save", random => Mutation.Mutate(s_saves[random.Next(Variants)], random), Ask, OfManyVcpus),
        new("page", random => Mutation.Mutate(MakePage(random), random), Ask, OfManyVcpus),
        new("log", random => Mutation.Mutate(s_logs[random.Next(Variants)], random), Ask, 8 << 20),
        new("pasted", random => Mutation.Mutate(s_pasted[random.Next(Variants)], random), Ask, 8 << 20),
        new("layout", random => MakePage(random), Decode, 1 << 20),
    ];

    private static byte[][] Make(Func<Random, byte[]> make) =>
        [.. Enumerable.Range(0, Variants).Select(variant => make(new Random(variant)))];

    private static void Ask(byte[] input)
    {
        using var stream = new MemoryStream(input, writable: false);
        using var target = TargetFile.Read(stream, "input");
        Questions.Ask(target);
    }

    private static void Decode(byte[] input)
    {
        foreach (var layout in SharedInfoLayout.All)
        {
            var page = new byte[SharedInfoLayout.PageSize];
            input.AsSpan(0, Math.Min(input.Length, page.Length)).CopyTo(page);
            var content = SharedInfoContent.Decode(page, layout);
            foreach (var slot in content.Slots)
                _ = new XenVcpuTime { TscToSystemMul = slot.Time.TscToSystemMul, TscShift = slot.Time.TscShift }.TscFrequency;
            // A counter that is odd for ever is tried again many times, so only some of these are waited for.
            if (input.Length > 0 && input[^1] == 1 && !DomainSample.Take(page, layout).Page.Span.SequenceEqual(page))
                throw new InvalidOperationException("A page that stands still was copied in another way.");
            var ports = new List<uint>();
            EventBitmap.AddSetPorts(content.Pending.Span, ports);
            if (ports.Count != EventBitmap.Count(content.Pending.Span))
                throw new InvalidOperationException("The set bits are not as many as are counted.");
            var again = page.ToArray();
            content.Encode(again);
            if (!again.AsSpan().SequenceEqual(page)) throw new InvalidOperationException("What was decoded does not encode to the same.");
        }
    }

    private static byte[] MakeCore(Random random)
    {
        var isPv = random.Next(2) == 0;
        var writer = CoreDumpWriter.Create(Guest(random), isPv);
        writer.Width = random.Next(4) == 0 ? 32 : 64;
        writer.InvalidEntries = random.Next(2);
        if (random.Next(8) == 0) writer.SharedInfo = null;
        if (random.Next(8) == 0) writer.Machine = (ushort)(random.Next(2) == 0 ? 183 : random.Next(256));
        if (random.Next(16) == 0) writer.LeftOut.Add(s_sections[random.Next(s_sections.Length)]);
        return writer.ToBytes();
    }

    private static byte[] MakeSave(Random random)
    {
        var configuration = random.Next(4) switch
        {
            0 => null,
            1 => "{}",
            2 => """{"c_info":{"type":"pvh","name":"\ud800"}}""",
            _ => """{"c_info":{"type":"pv","name":"a","uuid":"5a5a0001-0002-0003-0004-000000000005"}}""",
        };
        return SaveStreamWriter.Write(Guest(random), random.Next(3) > 0, random.Next(2, 4), random.Next(2) * 4 + 4, configuration);
    }

    private static GuestSample Guest(Random random)
    {
        var vcpus = random.Next(1, 4);
        var guest = random.Next(3) switch
        {
            0 => GuestSample.TwoLevel(SharedInfoLayout.X86_64, vcpus),
            1 => GuestSample.TwoLevel(SharedInfoLayout.X86_32, vcpus),
            _ => GuestSample.Fifo(vcpus),
        };
        // With few pages, an input is read quickly.
        var others = guest.Pages.Keys.Where(pfn => pfn is not (GuestSample.ArrayPfn or >= GuestSample.RecordPfn) || pfn > 13).ToArray();
        foreach (var pfn in others) guest.Pages.Remove(pfn);
        return guest;
    }

    private static byte[] MakePage(Random random)
    {
        var page = Guest(random).SharedInfo;
        if (random.Next(4) == 0) random.NextBytes(page);
        if (random.Next(2) == 0) random.NextBytes(page.AsSpan(random.Next(page.Length)));
        return page;
    }

    private static byte[] MakeCapture(Random random)
    {
        var text = s_captures[random.Next(s_captures.Length)];
        if (random.Next(8) > 0) return Mutation.Mutate(text, random);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(random.Next(2) == 0 ? text : Mutation.Mutate(text, random));
        return random.Next(2) == 0 ? packed.ToArray() : Mutation.Mutate(packed.ToArray(), random);
    }

    // Small simulated hosts, and files made from them.
    private static IEnumerable<byte[]> Captures()
    {
        for (var seed = 1; seed <= 4; seed++)
        {
            using var host = new SimulatedTarget(1, seed);
            yield return Capture(host);
        }
        using var stream = new MemoryStream(CoreDumpWriter.Create(GuestSample.Fifo()).ToBytes());
        using var dump = TargetFile.Read(stream, "dump");
        yield return Capture(dump);
        // Some console logs that are written are damaged.
        foreach (var log in s_logs.Select(OpenOrNull).OfType<IXenDataSource>().Take(2)) yield return Capture(log);
    }

    private static IXenDataSource? OpenOrNull(byte[] file)
    {
        try
        {
            return TargetFile.Read(new MemoryStream(file), "file");
        }
        catch (XenException)
        {
            return null;
        }
    }

    private static byte[] Capture(IXenDataSource target)
    {
        using var output = new MemoryStream();
        new CaptureExport(target, new Listener()) { SampleTime = TimeSpan.Zero, Compress = false }.Run(DomainSelection.All, output);
        return output.ToArray();
    }
}
