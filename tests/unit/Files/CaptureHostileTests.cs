using System.Globalization;
using System.IO.Compression;
using System.Text;
using XenShared.Files;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests captures with impossible values or excessive sizes.</summary>
public sealed class CaptureHostileTests
{
    private const long Gigabyte = 1L << 30;
    private const long Megabyte = 1L << 20;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData(8192)]
    public void APageOfAnotherLength(int bytes) =>
        AssertDamaged(CaptureText.Domain(), CaptureText.Sample(page: Convert.ToBase64String(new byte[bytes])));

    [Theory]
    [InlineData("A")]
    [InlineData("====")]
    [InlineData("not base64!")]
    public void APageThatIsNoBase64(string page) => AssertDamaged(CaptureText.Domain(), CaptureText.Sample(page: page));

    [Theory]
    [InlineData("\"domid\":5", "\"domid\":-1")]
    [InlineData("\"domid\":5", "\"domid\":65536")]
    [InlineData("\"domid\":5", "\"domid\":5.5")]
    [InlineData("\"domid\":5", "\"domid\":1e400")]
    [InlineData("\"domid\":5", "\"domid\":NaN")]
    [InlineData("\"domid\":5", "\"domid\":Infinity")]
    [InlineData("\"domid\":5", "\"domid\":\"5\"")]
    [InlineData("\"domid\":5", "\"domid\":null")]
    [InlineData("\"domid\":5", "\"domid\":[5]")]
    [InlineData("\"domid\":5,", "")]
    [InlineData("\"pvWidth\":64", "\"pvWidth\":48")]
    [InlineData("\"pvWidth\":64", "\"pvWidth\":-64")]
    [InlineData("\"onlineVcpus\":1", "\"onlineVcpus\":-1")]
    [InlineData("\"onlineVcpus\":1", "\"onlineVcpus\":8193")]
    [InlineData("\"onlineVcpus\":1", "\"onlineVcpus\":2147483648")]
    [InlineData("\"maxVcpuId\":0", "\"maxVcpuId\":-1")]
    [InlineData("\"maxVcpuId\":0", "\"maxVcpuId\":8192")]
    [InlineData("\"totalPages\":32768", "\"totalPages\":18446744073709551615")]
    [InlineData("\"totalPages\":32768", "\"totalPages\":18446744073709551616")]
    [InlineData("\"totalPages\":32768", "\"totalPages\":-1")]
    [InlineData("\"cpuTimeNanoseconds\":7", "\"cpuTimeNanoseconds\":-7")]
    [InlineData("\"sharedInfoFrame\":785493", "\"sharedInfoFrame\":18446744073709551616")]
    [InlineData("00000005-0000-0000-0000-000000000000", "nobody")]
    [InlineData("\"PV\"", "\"Paravirtual\"")]
    [InlineData("\"PV\"", "3")]
    [InlineData("\"PV\"", "-1")]
    [InlineData("\"Blocked\"", "\"Sleeping\"")]
    [InlineData("\"Blocked\"", "99")]
    [InlineData("\"guest\"", "\"gu\nest\"")]
    [InlineData("\"guest\"", "\"gu\\xest\"")]
    [InlineData("}", "")]
    [InlineData("}", "}}")]
    public void ADomainThatCannotBe(string part, string replacement) =>
        AssertDamaged(CaptureText.Domain().Replace(part, replacement, StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"port":64,"state":"Ipi"}""")]
    [InlineData("""{"port":4294967295,"state":"Ipi"}""")]
    [InlineData("""{"port":-1,"state":"Ipi"}""")]
    [InlineData("""{"port":1,"state":"Ipi"},{"port":1,"state":"Ipi"}""")]
    [InlineData("""{"port":2,"state":"Ipi"},{"port":1,"state":"Ipi"}""")]
    [InlineData("""{"port":1,"state":"Ipi","vcpu":-1}""")]
    [InlineData("""{"port":1,"state":"Ipi","vcpu":8192}""")]
    [InlineData("""{"port":1,"state":"Interdomain","remoteDomid":65536}""")]
    [InlineData("""{"port":1,"state":"Open"}""")]
    [InlineData("""{"port":1,"state":6}""")]
    [InlineData("""{"port":1,"state":-1}""")]
    [InlineData("""{"state":"Ipi"}""")]
    [InlineData("null")]
    [InlineData("1")]
    public void APortThatCannotBe(string ports) => AssertDamaged(CaptureText.Domain(), CaptureText.Ports(ports));

    [Theory]
    [InlineData(131_073u)]
    [InlineData(uint.MaxValue)]
    public void ATableOfMorePortsThanThereCanBe(uint validPorts) => AssertDamaged(CaptureText.Domain(), CaptureText.Ports("", validPorts));

    [Fact]
    public void APortInATableOfNone() =>
        AssertDamaged(CaptureText.Domain(), CaptureText.Ports("""{"port":0,"state":"Ipi"}""", validPorts: 0));

    [Fact]
    public void TablesThatDoNotAgree() =>
        AssertDamaged(
            CaptureText.Domain(),
            CaptureText.Ports("""{"port":1,"state":"Ipi"}"""),
            CaptureText.Ports("""{"port":2,"state":"Ipi"}""", 128));

    [Theory]
    [InlineData("""{"kind":"sample","domid":5,"takenAt":"2026-11-22T09:30:00+00:00","page":null}""")]
    [InlineData("""{"kind":"sample","domid":5,"takenAt":null,"page":"AAAA"}""")]
    [InlineData("""{"kind":"ports","domid":5,"validPorts":64,"ports":null}""")]
    [InlineData("""{"kind":"ports","domid":5,"validPorts":64,"ports":{}}""")]
    [InlineData("""{"kind":"xenstore","domid":5,"nodes":null}""")]
    [InlineData("""{"kind":"xenstore","domid":5,"nodes":["console/port"]}""")]
    [InlineData("""{"kind":"xenstore","domid":5,"nodes":{"console/port":null}}""")]
    [InlineData("""{"kind":"xenstore","domid":5,"nodes":{"console/port":2}}""")]
    [InlineData("""{"kind":"error","domid":5,"part":"page","id":"NoSuchError","message":"m"}""")]
    [InlineData("""{"kind":"error","domid":5,"part":"page","id":12345,"message":"m"}""")]
    [InlineData("""{"kind":"error","domid":5,"part":"page","id":"XenAccessDenied","message":null}""")]
    [InlineData("""{"kind":"clock","version":null,"seconds":1,"nanoseconds":1}""")]
    [InlineData("""{"kind":"clock","version":2,"seconds":-1,"nanoseconds":1}""")]
    [InlineData("""{"kind":"clock","version":2,"seconds":1,"nanoseconds":4294967296}""")]
    [InlineData("""{"kind":5}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("\"end\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    public void ALineWithoutTheFieldsOfItsKind(string line) => AssertDamaged(CaptureText.Domain(), line);

    [Theory]
    [InlineData(""","vcpus":[null]""")]
    [InlineData(""","vcpus":[{"online":true}]""")]
    [InlineData(""","vcpus":[{"vcpu":2147483648,"cpuTimeNanoseconds":1}]""")]
    [InlineData(""","unstable":[null]""")]
    [InlineData(""","unstable":[1]""")]
    [InlineData(""","unstable":"vCPU 0 time" """)]
    public void ASampleThatCannotBe(string more) => AssertDamaged(CaptureText.Domain(), CaptureText.Sample(more: more));

    [Theory]
    [InlineData("")]
    [InlineData(""","vcpus":null,"unstable":null""")]
    [InlineData(""","vcpus":[],"unstable":[]""")]
    public void ASampleWithoutRunTimesOrUnstableParts(string more)
    {
        var sample = Assert.Single(
            CaptureText.Read(CaptureText.Complete(CaptureText.Domain(), CaptureText.Sample(more: more))).Domains[5].Samples);

        Assert.Empty(sample.Vcpus);
        Assert.Empty(sample.Unstable);
    }

    [Theory]
    [InlineData("\"host\":\"fake\"", "\"host\":null")]
    [InlineData("\"xenExtra\":\".7\"", "\"xenExtra\":5")]
    [InlineData("2026-11-22T09:30:00+00:00", "yesterday")]
    [InlineData("2026-11-22T09:30:00+00:00", "2026-13-22T09:30:00+00:00")]
    public void AHeaderThatCannotBe(string part, string replacement) =>
        CaptureText.AssertDamaged(CaptureText.Complete().Replace(part, replacement, StringComparison.Ordinal));

    [Fact]
    public void AnUnknownArchitectureIsNotTakenForArm()
    {
        var text = CaptureText
            .Complete(CaptureText.Domain().Replace("\"pvWidth\":64,", "", StringComparison.Ordinal), CaptureText.Sample())
            .Replace("x86_64", "riscv64", StringComparison.Ordinal);

        var error = Record.Exception(() =>
        {
            using var target = CaptureText.Open(Encoding.UTF8.GetBytes(text));
            Assert.DoesNotContain(Answers.Read(target), answer =>
                answer.Contains("is Arm", StringComparison.Ordinal) || answer.Contains("\"Layout\":\"Arm\"", StringComparison.Ordinal));
        });

        Assert.True(error is null or XenException { Id: XenErrorId.FileDamaged or XenErrorId.FileNotRecognised }, error?.Message);
    }

    [Fact]
    public void ADomainThatComesTwice() => AssertDamaged(CaptureText.Domain(), CaptureText.Domain());

    [Theory]
    [InlineData("sample")]
    [InlineData("ports")]
    [InlineData("xenstore")]
    [InlineData("error")]
    public void ALineBeforeItsDomain(string kind) => AssertDamaged(kind switch
    {
        "sample" => CaptureText.Sample(),
        "ports" => CaptureText.Ports(""),
        "xenstore" => """{"kind":"xenstore","domid":5,"nodes":{}}""",
        _ => """{"kind":"error","domid":5,"part":"page","id":"XenAccessDenied","message":"m"}""",
    }, CaptureText.Domain());

    [Fact]
    public void SamplesThatGoBackInTime() =>
        AssertDamaged(
            CaptureText.Domain(),
            CaptureText.Sample(takenAt: "2026-11-22T09:30:00+00:00"),
            CaptureText.Sample(takenAt: "2026-11-22T09:29:59+00:00"));

    [Fact]
    public void MoreSamplesThanALimit() => AssertDamaged([CaptureText.Domain(), .. Enumerable.Repeat(CaptureText.Sample(), 17)]);

    [Fact]
    public void MoreDomainsThanALimit()
    {
        var limits = new CaptureLimits { MaximumDomains = 3 };
        string[] domains = [CaptureText.Domain(1), CaptureText.Domain(2), CaptureText.Domain(3), CaptureText.Domain(4)];

        Assert.Equal(3, CaptureText.Read(CaptureText.Complete(domains.AsSpan(0, 3)), limits).Domains.Count);
        CaptureText.AssertDamaged(CaptureText.Complete(domains), limits);
    }

    [Fact]
    public void MoreNodesThanALimitInOneLineOrSeveral()
    {
        var limits = new CaptureLimits { MaximumNodes = 2 };
        const string text = """{"kind":"xenstore","domid":5,"nodes":{"a":"1"}}""";
        const string two = """{"kind":"xenstore","domid":5,"nodes":{"b":"1","c":"2"}}""";

        CaptureText.Read(CaptureText.Complete(CaptureText.Domain(), two), limits);
        CaptureText.AssertDamaged(CaptureText.Complete(CaptureText.Domain(), text, two), limits);
    }

    [Fact]
    public void MoreVcpusThanALimit()
    {
        var vcpus = string.Join(',', Enumerable.Repeat("""{"vcpu":0,"cpuTimeNanoseconds":1}""", 8193));

        AssertDamaged(CaptureText.Domain(), CaptureText.Sample(more: $",\"vcpus\":[{vcpus}]"));
    }

    [Fact]
    public void MoreUnstablePartsThanThereAre()
    {
        // 32 slots, two wall clocks, two P2Ms. Each name is compared with the name of each vCPU later, so they must not be many.
        var names = string.Join(',', Enumerable.Repeat("\"x\"", 100_000));

        AssertDamaged(CaptureText.Domain(), CaptureText.Sample(more: $",\"unstable\":[{names}]"));
    }

    [Theory]
    [InlineData("]")]
    [InlineData("")]
    public void DeepNesting(string closing)
    {
        var deep = new string('[', 100_000) + string.Concat(Enumerable.Repeat(closing, 100_000));

        AssertDamaged($$"""{"kind":"domain","domid":{{deep}}}""");
        AssertDamaged($$"""{"kind":{{deep}}}""");
    }

    [Theory]
    [InlineData("{\"kind\":\"domain\",\"name\":\"\u00ff\"}")]
    [InlineData("{\"kind\":\"future\u00c3\"}")]
    [InlineData("{\"ki\u0080nd\":\"clock\",\"version\":1}")]
    public void InvalidUtf8(string line)
    {
        var bytes = Encoding.Latin1.GetBytes(CaptureText.Complete(line));

        var error = Record.Exception(() => Watchdog.Ends(() => CaptureText.Read(bytes)));

        // A property that is not known is skipped, whatever its bytes.
        Assert.True(error is null or XenException { Id: XenErrorId.FileDamaged }, error?.ToString());
    }

    [Fact]
    public void InvalidUtf8InANameIsNotTakenForAnotherName()
    {
        var bytes = Encoding.Latin1.GetBytes(
            CaptureText.Complete(CaptureText.Domain().Replace("guest", "gu\u00ffst", StringComparison.Ordinal)));

        Assert.Equal(XenErrorId.FileDamaged, Assert.Throws<XenException>(() => Watchdog.Ends(() => CaptureText.Read(bytes))).Id);
    }

    [Theory]
    [InlineData("garbage\n")]
    [InlineData("garbage")]
    [InlineData("{\"kind\":\"domain\"}\n")]
    [InlineData("\ngarbage\n")]
    [InlineData("\n\n\n{\"xencap\":1}\n")]
    public void SomethingAfterTheEnd(string more) => CaptureText.AssertDamaged(CaptureText.Complete(CaptureText.Domain()) + more);

    [Fact]
    public void TwoCapturesInOneFile()
    {
        var text = CaptureText.Complete(CaptureText.Domain());
        var bytes = Encoding.UTF8.GetBytes(text);

        CaptureText.AssertDamaged(text + text);
        Assert.Equal(
            XenErrorId.FileDamaged,
            Assert.Throws<XenException>(() => CaptureText.Read([.. CaptureText.Compress(bytes), .. CaptureText.Compress(bytes)])).Id);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("3")]
    [InlineData("-1")]
    [InlineData("2147483648")]
    public void AnEndThatCountsOtherwise(string lines) =>
        CaptureText.AssertDamaged($"{CaptureText.Header}\n{CaptureText.Domain()}\n{{\"kind\":\"end\",\"lines\":{lines}}}\n");

    [Fact]
    public void ABrokenCompressedFileHasAMessageThatReadsWell()
    {
        var bytes = CaptureText.Compress(CaptureText.RealText());
        bytes.AsSpan(100, 20).Fill(0xff);

        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => CaptureText.Read(bytes)));

        Assert.Equal(XenErrorId.FileDamaged, error.Id);
        Messages.AssertSentence(error.Message);
    }

    [Theory]
    [InlineData(' ')]
    [InlineData('[')]
    [InlineData('\0')]
    public void ALineOfAGigabyteIsNotReadAndNotKept(char fill)
    {
        using var stream = new EndlessStream(Encoding.UTF8.GetBytes(CaptureText.Header + "\n{\"kind\":\"domain\""), (byte)fill, Gigabyte);

        AssertRefusedInLittleMemory(stream, 16 * Megabyte);

        Assert.True(stream.Given < 4 * Megabyte, $"{stream.Given} bytes were read.");
    }

    [Fact]
    public void AFirstLineOfAGigabyteIsNotReadAndNotKept()
    {
        using var stream = new EndlessStream([], (byte)'x', Gigabyte);

        AssertRefusedInLittleMemory(stream, 16 * Megabyte);

        Assert.True(stream.Given < 4 * Megabyte, $"{stream.Given} bytes were read.");
    }

    [Fact]
    public void ABinaryFileWithoutALineEndIsNotRecognisedRatherThanDamaged()
    {
        using var stream = new EndlessStream([0x7f, (byte)'E', (byte)'L', (byte)'F'], 0, 8 * Megabyte);

        Assert.Equal(XenErrorId.FileNotRecognised, Assert.Throws<XenException>(() => CaptureReader.Read(stream, "core")).Id);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("{\"kind\":\"future\"}\n")]
    [InlineData(" ")]
    public void ABombOfSixtyMegabytesIsRefusedAtTheLimit(string part)
    {
        var block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, 64 * 1024 / part.Length)));
        using var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(CaptureText.Header + "\n"));
            for (var written = 0L; written < 60 * Megabyte; written += block.Length) gzip.Write(block);
        }
        bomb.Position = 0;

        // Each line of an unknown kind makes an object that lives for a moment.
        AssertRefusedInLittleMemory(
            bomb,
            part.Length > 1 ? 64 * Megabyte : 16 * Megabyte,
            new CaptureLimits { MaximumBytes = 4 * Megabyte });
    }

    [Fact]
    public void TheLimitsThatHoldAreThoseOfTheFormatsDescription()
    {
        var limits = CaptureLimits.Default;

        Assert.Equal(
            (1 << 20, 512L << 20, 32_752, 16, 131_072, 8192, 8192),
            (
                limits.MaximumLineBytes,
                limits.MaximumBytes,
                limits.MaximumDomains,
                limits.MaximumSamples,
                limits.MaximumPorts,
                limits.MaximumNodes,
                limits.MaximumVcpus));
    }

    [Fact]
    public void ALineOfExactlyTheLimitIsRead()
    {
        const int limit = 2000;
        var filler = new string('x', limit - """{"kind":"future","text":""}""".Length);
        var limits = new CaptureLimits { MaximumLineBytes = limit };

        CaptureText.Read(CaptureText.Complete($$"""{"kind":"future","text":"{{filler}}"}"""), limits);
        CaptureText.AssertDamaged(CaptureText.Complete($$"""{"kind":"future","text":"{{filler}}x"}"""), limits);
    }

    [Fact]
    public void TimesAtTheEdgesOfTheCalendarBreakNoQuery()
    {
        var text = CaptureText.Complete(
            CaptureText.Domain(),
            CaptureText.Sample(takenAt: "0001-01-01T00:00:00+00:00"),
            CaptureText.Sample(takenAt: "2026-01-01T00:00:00+14:00"),
            CaptureText.Sample(takenAt: "9999-12-31T23:59:59.9999999+00:00"),
            CaptureText.Ports("""{"port":3,"state":"VirtualIrq","irq":4294967295}"""));

        using var target = CaptureText.Open(Encoding.UTF8.GetBytes(text));

        Assert.NotEmpty(Answers.Read(target));
    }

    private static void AssertDamaged(params ReadOnlySpan<string> lines) => CaptureText.AssertDamaged(CaptureText.Complete(lines));

    private static void AssertRefusedInLittleMemory(Stream stream, long limit, CaptureLimits? limits = null)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Record.Exception(() => CaptureReader.Read(stream, "test.xencap", limits));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(
            error is XenException { Id: XenErrorId.FileDamaged or XenErrorId.FileNotRecognised },
            error?.ToString() ?? "It was read.");
        Assert.True(allocated < limit, string.Create(CultureInfo.InvariantCulture, $"{allocated} bytes were allocated."));
    }
}
