using System.Buffers.Binary;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using XenShared.Files;
using XenShared.Fuzz;
using XenShared.Fuzz.Samples;
using XenShared.Layout;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>
/// Gives extreme values to every number in every kind of file. Checks that each query has a result or an error of the library.
/// </summary>
public sealed partial class ExtremeNumberTests(ITestOutputHelper output)
{
    private static readonly ulong[] s_extremes =
    [
        0,
        1,
        31,
        32,
        64,
        127,
        128,
        255,
        256,
        1023,
        1024,
        4095,
        4096,
        4097,
        8191,
        8192,
        0x7fef,
        0x7ff0,
        0xfffe,
        0xffff,
        (1 << 17) - 1,
        1 << 17,
        int.MaxValue - 1,
        int.MaxValue,
        1UL << 31,
        uint.MaxValue - 1,
        uint.MaxValue,
        1UL << 32,
        1UL << 40,
        (1UL << 40) + 1,
        1UL << 52,
        (1UL << 52) + 1,
        long.MaxValue,
        1UL << 63,
        ulong.MaxValue - 1,
        ulong.MaxValue,
    ];

    // Files are large, so each word gets only the most different values.
    private static readonly ulong[] s_ofWords =
    [
        0,
        1,
        8192,
        int.MaxValue,
        1UL << 31,
        uint.MaxValue - 1,
        uint.MaxValue,
        (1UL << 52) + 1,
        1UL << 63,
        ulong.MaxValue,
    ];

    // A text also gets numbers that no field can hold.
    private static readonly string[] s_texts =
    [
        .. s_extremes.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        "-1",
        "-2147483648",
        "-9223372036854775808",
        "18446744073709551616",
        "1e400",
        "0.5",
    ];

    public static TheoryData<string, string> CaptureNumbers
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (line, property) in Numbers()) data.Add(line.Name, property.Name);
            return data;
        }
    }

    public static TheoryData<bool> Kinds => [true, false];

    /// <summary>Tests each number of each record of a capture. They are found by reflection, so that a new number is tested too.</summary>
    [Theory, MemberData(nameof(CaptureNumbers))]
    public void OfCaptures(string line, string property)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(property);
        var runs = new Runs();
        var found = false;
        foreach (var capture in Captures())
        {
            for (var at = 0; at < capture.Length; at++)
            {
                if (Holder(JsonNode.Parse(capture[at])!.AsObject(), line) is not { } holder || !holder.ContainsKey(name)) continue;
                found = true;
                foreach (var text in s_texts)
                {
                    holder[name] = JsonNode.Parse(text);
                    var lines = (string[])capture.Clone();
                    lines[at] = holder.Root.ToJsonString();
                    runs.Try($"{line}.{property} = {text}", Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
                }
                break;
            }
        }
        Assert.True(found, $"no line of the captures has {line}.{property}");
        runs.AssertSound(output);
    }

    /// <summary>Tests each word of a core dump's own structures.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void OfCoreDumps(bool isPv)
    {
        var guest = isPv ? GuestSample.TwoLevel(SharedInfoLayout.X86_64, 2) : GuestSample.Fifo(2);
        Words(CoreDumpWriter.Create(guest, isPv).ToBytes(), guest);
    }

    /// <summary>Tests each word of a saved guest's own structures.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void OfSavedGuests(bool isPv)
    {
        var guest = isPv ? GuestSample.TwoLevel(SharedInfoLayout.X86_64, 2) : GuestSample.Fifo(2);
        Words(
            SaveStreamWriter.Write(guest, isPv, 3, 8,
                """{"c_info":{"type":"pv","name":"a","uuid":"5a5a0001-0002-0003-0004-000000000005"}}"""),
            guest);
    }

    /// <summary>Tests each field of a shared page.</summary>
    [Fact]
    public void OfPages()
    {
        var runs = new Runs();
        foreach (var layout in SharedInfoLayout.All)
        {
            foreach (var field in layout.Fields.Concat(layout.Vcpu.Fields))
            {
                foreach (var extreme in s_extremes)
                {
                    var page =
                        layout == SharedInfoLayout.Arm
                            ? new byte[SharedInfoLayout.PageSize]
                            : GuestSample.TwoLevel(layout, 2).SharedInfo.ToArray();
                    for (var at = 0; at < field.Width; at++)
                        page[field.Offset + at] = (byte)(extreme >> 8 * at);
                    runs.Try($"{layout.Layout} {field.Name} = {extreme}", page);
                }
            }
        }
        runs.AssertSound(output);
    }

    /// <summary>Tests each number of a console log.</summary>
    [Fact]
    public void OfConsoleLogs()
    {
        // Some logs that are written are damaged.
        var text = Enumerable.Range(0, 100).Select(seed => new ConsoleLogWriter(new Random(seed)).Write()).First(Runs.IsAnswered);
        var runs = new Runs();
        // One line of each shape.
        foreach (var line in text.Split('\n').DistinctBy(line => Number().Replace(line, "0")))
        {
            foreach (Match number in Number().Matches(line))
            {
                foreach (var extreme in s_ofWords.Select(number => number.ToString(CultureInfo.InvariantCulture)).Append("-1"))
                    runs.Try(
                        $"{line.Trim()} at {number.Index} = {extreme}",
                        Encoding.Latin1.GetBytes(
                            text.Replace(
                                line,
                                line[..number.Index] + extreme + line[(number.Index + number.Length)..],
                                StringComparison.Ordinal)));
            }
        }
        runs.AssertSound(output);
        runs.AssertHasResult();
    }

    private void Words(byte[] file, GuestSample guest)
    {
        var isPage = new bool[file.Length];
        foreach (var page in guest.Pages.Values.Append(guest.SharedInfo))
        {
            if (file.AsSpan().IndexOf(page) is >= 0 and var start) isPage.AsSpan(start, page.Length).Fill(true);
        }
        var runs = new Runs();
        for (var at = 0; at + sizeof(ulong) <= file.Length; at += sizeof(uint))
        {
            // Words between zeros are registers, which are not read.
            if (isPage[at] || IsEmpty(file, at)) continue;
            foreach (var extreme in s_ofWords)
            {
                var damaged = (byte[])file.Clone();
                if (extreme <= uint.MaxValue) BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(at), (uint)extreme);
                else BinaryPrimitives.WriteUInt64LittleEndian(damaged.AsSpan(at), extreme);
                runs.Try($"offset {at} = {extreme}", damaged);
            }
        }
        runs.AssertSound(output);
        runs.AssertHasResult();
    }

    private static bool IsEmpty(byte[] file, int at) =>
        file.AsSpan(Math.Max(0, at - 48)..Math.Min(file.Length, at + 48)).IndexOfAnyExcept((byte)0) < 0;

    private static IEnumerable<(Type Line, PropertyInfo Property)> Numbers() =>
        from type in typeof(CaptureHeaderLine).Assembly.GetTypes()
        where
            type is { Namespace: "XenShared.Files", IsClass: true }
            && type.Name.StartsWith("Capture", StringComparison.Ordinal)
            && (
                type.Name.EndsWith("Line", StringComparison.Ordinal)
                || type == typeof(CaptureVcpu)
                || type == typeof(CapturePort)
                || type == typeof(CaptureDevice)
                || type == typeof(CaptureProcess)
                || type == typeof(CaptureXenPort)
                || type == typeof(CaptureVcpuContext)
                || type == typeof(CaptureApic))
            && type != typeof(CaptureVersionLine)
        from property in type.GetProperties()
        where
            (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is var number
            && !number.IsEnum
            && Type.GetTypeCode(number) is >= TypeCode.SByte and <= TypeCode.Double
        orderby type.Name, property.Name
        select (type, property);

    // The object of a line that is such a record, or holds one.
    private static JsonObject? Holder(JsonObject json, string record) =>
        record switch
        {
            nameof(CaptureHeaderLine) => json.ContainsKey("xencap") ? json : null,
            nameof(CaptureVcpuContext) => (string?)json["kind"] == "vcpucontexts" ? json["vcpus"]!.AsArray()[0] as JsonObject : null,
            nameof(CaptureApic) => (string?)json["kind"] == "vcpucontexts" ? json["vcpus"]!.AsArray()[0]!["apic"] as JsonObject : null,
            nameof(CaptureVcpu) => (json["vcpus"] as JsonArray)?.FirstOrDefault() as JsonObject,
            nameof(CaptureDevice) => (json["devices"] as JsonArray)?.FirstOrDefault() as JsonObject,
            nameof(CaptureProcess) => (json["processes"] as JsonArray)?.FirstOrDefault() as JsonObject,
            nameof(CaptureXenPort) => (string?)json["kind"] == "xenports"
                ? (json["ports"] as JsonArray)?.FirstOrDefault() as JsonObject
                : null,
            nameof(CapturePort) => (json["ports"] as JsonArray)
                ?.OfType<JsonObject>()
                .FirstOrDefault(port => port.ContainsKey("irq") && port.ContainsKey("vcpu"))
                ?? (json["ports"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(port => port.ContainsKey("remotePort")),
            _ => "Capture" + (string?)json["kind"] + "Line" is var name && name.Equals(record, StringComparison.OrdinalIgnoreCase)
                ? json
                : null,
        };

    private static IEnumerable<string[]> Captures()
    {
        yield return Encoding.UTF8.GetString(CaptureText.RealText()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        yield return
        [
            CaptureText.Header, CaptureText.Domain(),
            CaptureText.Sample(more: ""","vcpus":[{"vcpu":0,"online":true,"cpuTimeNanoseconds":5}]"""),
            CaptureText.Ports(
                """{"port":1,"state":"Interdomain","vcpu":0,"remoteDomid":0,"remotePort":7},{"port":2,"state":"VirtualIrq","vcpu":0"""
                    + ""","irq":0}"""),
            """{"kind":"clock","version":2,"seconds":1700000000,"nanoseconds":5}""",
            """{"kind":"holders","domid":5,"processes":[{"pid":731,"name":"xenstored"}]}""",
            $$"""{"kind":"eventpage","domid":5,"index":0,"pfn":7,"frame":7"""
                + $$""","page":"{{Convert.ToBase64String(new byte[4096])}}","evidence":"a test"}""",
            $$"""{"kind":"vcpurecord","domid":5,"vcpu":0,"pfn":7,"frame":7,"offset":64"""
                + $$""","record":"{{Convert.ToBase64String(new byte[64])}}","evidence":"a test"}""",
            """{"kind":"p2m","domid":5,"entries":1000,"first":0,"count":2}""",
            $$"""{"kind":"p2mpage","domid":5,"index":1,"page":"{{Convert.ToBase64String(new byte[4096])}}"}""",
            """{"kind":"debugkey","takenAt":"2026-11-22T09:30:00+00:00","text":"(XEN) x\n"}""",
            """{"kind":"error","domid":5"""
                + ""","part":"eventarray","id":"EventStateUnknown","message":"No; look again.","operation":"x","errno":5"""
                + ""","hint":"Look again."}""",
            """{"kind":"xenstore","domid":5,"nodes":{"console/port":"1"}}""",
            """{"kind":"devices","domid":5,"devices":[{"device":"vif","id":"0","frontend":{},"backendDomid":0,"backend":{}}]}""",
            """{"kind":"vcpucontexts","domid":5,"vcpus":[{"vcpu":0,"run":{"vcpu":0,"online":true,"cpuTimeNanoseconds":5}"""
                + ""","instructionPointer":1,"callbackIrq":1,"eventCallback":1"""
                + ""","apic":{"enabled":true,"taskPriority":16,"requested":[243],"inService":[]}}]}""",
            """{"kind":"vcpuseries","domid":5,"number":1,"vcpus":[{"vcpu":0,"instructionPointer":1}]}""",
            """{"kind":"read","number":2,"takenAt":"2026-11-22T09:30:01+00:00","line":{"kind":"clock","version":2,"seconds":1"""
                + ""","nanoseconds":5}}""",
            """{"kind":"end","lines":16}""",
        ];
        yield return
        [
            CaptureText.Header, CaptureText.Domain(),
            CaptureText.Ports("""{"port":1,"state":"Interdomain","vcpu":0,"remoteDomid":0,"remotePort":7}"""),
            """{"kind":"xenview","takenAt":"2026-11-22T09:30:00+00:00","allDomains":true}""",
            """{"kind":"xenports","domid":5,"abi":"TwoLevel","whole":true,"ports":[{"port":1,"pending":true,"masked":false}]}""",
            """{"kind":"xendomain","domid":5,"takenAt":"2026-11-22T09:30:00+00:00","whole":true,"references":1,"pauses":0"""
                + ""","vcpus":[{"vcpu":0,"polledPort":1,"pending":true,"masked":false,"pauses":0,"pauseFlags":1}]}""",
            """{"kind":"end","lines":6}""",
        ];
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    /// <summary>Counts the results of the files.</summary>
    private sealed class Runs
    {
        private readonly List<string> _failures = [];
        private int _answered;
        private int _refused;

        public void Try(string what, byte[] file)
        {
            try
            {
                using var stream = new MemoryStream(file, writable: false);
                using var target = TargetFile.Read(stream, "extreme");
                Questions.Ask(target);
                _answered++;
            }
            catch (XenException)
            {
                _refused++;
            }
#pragma warning disable CA1031 // Whatever else comes out is what is looked for.
            catch (Exception error)
            {
                _failures.Add($"{what}: {error.GetType().Name}: {error.Message}{error.StackTrace?.Split('\n').FirstOrDefault()}");
            }
#pragma warning restore CA1031
        }

        public static bool IsAnswered(string text)
        {
            var run = new Runs();
            run.Try("", Encoding.Latin1.GetBytes(text));
            return run._answered > 0;
        }

        public void AssertHasResult() => Assert.True(_answered > 0, "nothing was answered");

        public void AssertSound(ITestOutputHelper output)
        {
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{_answered} answered, {_refused} refused, {_failures.Count} failures"));
            Assert.True(
                _failures.Count == 0,
                $"{_failures.Count} of {_answered + _refused + _failures.Count}:\n{string.Join('\n', _failures.Take(20))}");
            Assert.True(_answered + _refused > 0, "nothing was tried");
        }
    }
}
