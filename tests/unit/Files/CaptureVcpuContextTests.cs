using System.Globalization;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests the processor states and the later reads in captures (minor version 6).</summary>
public sealed class CaptureVcpuContextTests
{
    private const string Run = """{"vcpu":0,"online":true,"blocked":true,"running":false,"cpuTimeNanoseconds":9}""";

    private const string Apic = """{"enabled":true,"taskPriority":16,"requested":[48,243],"inService":[0]}""";

    private static readonly string s_context =
        $$"""{"vcpu":0,"run":{{Run}},"instructionPointer":18446744073709551615,"interruptFlag":false,"eventCallback":7,"callbackIrq":1"""
            + $$""","apic":{{Apic}},"whyUnknown":"no reason"}""";

    [Fact]
    public void EveryPropertyIsRead()
    {
        var contexts = Read(Contexts(s_context), Contexts("""{"vcpu":3,"online":false}"""));

        Assert.Equal([0, 3], contexts.Select(context => context.Vcpu));
        var first = contexts[0];
        Assert.Equal(new VcpuRunState(0, true, true, false, 9), first.Run);
        Assert.Equal((ulong.MaxValue, false), (first.InstructionPointer, first.InterruptFlag));
        Assert.Equal((7ul, 1ul), (first.EventCallback, first.CallbackIrq));
        Assert.Equal((true, (byte)16), (first.Apic!.IsEnabled, first.Apic.TaskPriority));
        Assert.Equal([48, 243], first.Apic.Requested.Select(vector => (int)vector));
        Assert.Equal([0], first.Apic.InService.Select(vector => (int)vector));
        Assert.Equal("no reason", first.WhyUnknown);
        Assert.Equal(new VcpuContext(3) { IsOnline = false }, contexts[1]);
    }

    [Fact]
    public void ACaptureOfAnEarlierVersionHasNone() => Assert.Empty(Read());

    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        using var host = new SimulatedTarget(15);
        using var twin = new SimulatedTarget(15);
        using var capture = Export(twin, CaptureParts.VcpuContexts, reads: 2);

        Assert.Equal(2, capture.Reads.Count);
        foreach (var read in capture.Reads)
        {
            Assert.Equal(twin.ReadDomains().Select(domain => domain.DomId), read.ReadDomains().Select(domain => domain.DomId));
            Assert.Equal(twin.ReadHostClock(), read.ReadHostClock());
        }
        var guest = host.ReadDomain(5);
        _ = host.ReadSamples(guest);
        Assert.Equivalent(host.ReadVcpuContexts(guest), capture.ReadVcpuContexts(guest), strict: true);
        _ = host.ReadSamples(guest);
        Assert.Equivalent(host.ReadVcpuContexts(guest), capture.Reads[1].ReadVcpuContexts(guest), strict: true);
    }

    [Fact]
    public void ACaptureOfACaptureHasTheSameReads()
    {
        using var host = new SimulatedTarget(3);
        using var first = Export(host, CaptureParts.Standard | CaptureParts.VcpuContexts, reads: 3);

        using var second = Export(first, CaptureParts.Standard, reads: 1);

        Assert.Equal(first.Reads.Select(read => read.TakenAt), second.Reads.Select(read => read.TakenAt));
        Assert.All(first.Reads.Zip(second.Reads), pair =>
        {
            Assert.Equal(Answers.Read(pair.First), Answers.Read(pair.Second));
            foreach (var domain in pair.First.ReadDomains())
                Assert.Equivalent(pair.First.ReadVcpuContexts(domain), pair.Second.ReadVcpuContexts(domain), strict: true);
        });
    }

    [Fact]
    public void FurtherReadsOfAVcpuThatCanHangGoIn()
    {
        using var host = new SimulatedTarget(15);
        var guest = host.ReadDomain(6);
        host.Guest(6).Vcpus[0].IsSpinning = true;
        host.Guest(6).Advance(10);

        using var first = Export(host, CaptureParts.Standard | CaptureParts.VcpuContexts, reads: 3);
        using var second = Export(first, CaptureParts.Standard, reads: 1);

        Assert.Empty(first.ReadContextSeries(guest));
        var series = first.Reads[^1].ReadContextSeries(guest);
        Assert.Equal(20, series.Count);
        Assert.All(series, contexts => Assert.False(contexts[0].InterruptFlag));
        Assert.Equivalent(series, second.Reads[^1].ReadContextSeries(guest), strict: true);
    }

    [Fact]
    public void OneReadHasNoFurtherReads()
    {
        using var host = new SimulatedTarget(15);
        host.Guest(6).Vcpus[0].IsSpinning = true;

        using var capture = Export(host, CaptureParts.Standard | CaptureParts.VcpuContexts, reads: 1);

        Assert.Empty(capture.ReadContextSeries(host.ReadDomain(6)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(65)]
    [InlineData(1, 3)]
    [InlineData(1, 2, 1)]
    public void FurtherReadsOutOfOrder(params int[] numbers) =>
        CaptureText.AssertDamaged(
            CaptureText.Complete([CaptureText.Domain(), .. numbers.Select((number, index) => Series(number, index))]));

    [Fact]
    public void MoreFurtherReadsThanAreRead()
    {
        string[] lines = [CaptureText.Domain(), .. Enumerable.Range(1, 64).Select(number => Series(number, 0))];
        Assert.Equal(64, CaptureText.Read(CaptureText.Complete(lines)).Domains[5].ContextSeries.Count);
        CaptureText.AssertDamaged(CaptureText.Complete([.. lines, Series(65, 0)]));
    }

    [Fact]
    public void ALongFurtherReadHasSeveralLines()
    {
        var capture = CaptureText.Read(CaptureText.Complete(CaptureText.Domain(), Series(1, 0), Series(1, 1), Series(2, 0)));

        Assert.Equal([2, 1], capture.Domains[5].ContextSeries.Select(contexts => contexts.Count));
    }

    // An ordinary capture never pauses a vCPU.
    [Fact]
    public void WithoutARequestNoProcessorStateIsRead()
    {
        using var host = new SimulatedTarget(3);

        using var capture = Export(host, CaptureParts.Standard, reads: 1);

        Assert.Single(capture.Reads);
        Assert.All(capture.ReadDomains(), domain => Assert.Empty(capture.ReadVcpuContexts(domain)));
    }

    [Fact]
    public void TheLargestGuestGoesIn()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(vector => (byte)vector)];
        var contexts = Enumerable.Range(0, 8192).Select(vcpu => new VcpuContext(vcpu)
        {
            Run = new VcpuRunState(vcpu, true, true, true, ulong.MaxValue),
            InstructionPointer = ulong.MaxValue,
            CallbackIrq = ulong.MaxValue,
            Apic = new LocalApic(true, 255, all, all),
            WhyUnknown = new string('\u0001', 1024),
        });
        using var output = new MemoryStream();
        using (var writer = new XenShared.Files.CaptureWriter(output, compress: true, new HostInfo("h", null, null), null, null))
        {
            var domain = new XenShared.Files.CapturedDomain { Reading = Some.Domain(vcpus: 8192) };
            domain.Contexts.AddRange(contexts);
            writer.Write(domain);
            writer.Complete();
        }

        using var capture = CaptureText.Open(output.ToArray());

        Assert.Equal(8192, capture.ReadVcpuContexts(Some.Domain()).Count);
    }

    [Theory]
    [InlineData("""{"vcpu":-1}""")]
    [InlineData("""{"vcpu":8192}""")]
    [InlineData("""{"vcpu":1},{"vcpu":1}""")]
    [InlineData("""{"vcpu":1},{"vcpu":0}""")]
    [InlineData("""{"vcpu":0,"run":{"vcpu":1,"cpuTimeNanoseconds":1}}""")]
    [InlineData("""{"vcpu":0,"instructionPointer":-1}""")]
    [InlineData("""{"vcpu":0,"apic":{"enabled":true,"taskPriority":256,"requested":[],"inService":[]}}""")]
    [InlineData("""{"vcpu":0,"apic":{"enabled":true,"taskPriority":0,"requested":[256],"inService":[]}}""")]
    [InlineData("""{"vcpu":0,"apic":{"enabled":true,"taskPriority":0,"requested":[-1],"inService":[]}}""")]
    [InlineData("""{"vcpu":0,"apic":{"enabled":true,"taskPriority":0,"requested":[5,5],"inService":[]}}""")]
    [InlineData("""{"vcpu":0,"apic":{"enabled":true,"taskPriority":0,"requested":[0,0],"inService":[]}}""")]
    [InlineData("""{"vcpu":0,"apic":{"enabled":true,"taskPriority":0,"requested":null,"inService":[]}}""")]
    [InlineData("""{"vcpu":0,"apic":{"enabled":true,"taskPriority":0,"inService":[]}}""")]
    [InlineData("null")]
    [InlineData("5")]
    public void AStateThatCannotBe(string context) =>
        CaptureText.AssertDamaged(CaptureText.Complete(CaptureText.Domain(), Contexts(context)));

    [Fact]
    public void AReasonThatIsTooLong() =>
        CaptureText.AssertDamaged(
            CaptureText.Complete(
                CaptureText.Domain(),
                Contexts($$"""{"vcpu":0,"whyUnknown":"{{new string('x', 1025)}}"}""")));

    [Theory]
    [InlineData(1, "2026-11-22T09:30:01+00:00", "{\"kind\":\"clock\",\"version\":2,\"seconds\":1,\"nanoseconds\":5}")]
    [InlineData(3, "2026-11-22T09:30:01+00:00", "{\"kind\":\"clock\",\"version\":2,\"seconds\":1,\"nanoseconds\":5}")]
    [InlineData(-2, "2026-11-22T09:30:01+00:00", "{\"kind\":\"clock\",\"version\":2,\"seconds\":1,\"nanoseconds\":5}")]
    [InlineData(2, "2026-11-22T09:29:59+00:00", "{\"kind\":\"clock\",\"version\":2,\"seconds\":1,\"nanoseconds\":5}")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "null")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "7")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "[]")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "{\"kind\":\"end\",\"lines\":3}")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "{\"kind\":\"read\",\"number\":3,\"line\":{}}")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "{\"kind\":\"xenview\",\"allDomains\":true}")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "{\"kind\":\"debugkey\",\"takenAt\":\"2026-11-22T09:30:01+00:00\",\"text\":\"\"}")]
    [InlineData(2, "2026-11-22T09:30:01+00:00", "{\"kind\":\"ports\",\"domid\":5,\"validPorts\":64,\"ports\":[]}")]
    public void AReadThatCannotBe(int number, string takenAt, string line) =>
        CaptureText.AssertDamaged(
            CaptureText.Complete(
                CaptureText.Domain(),
                $$"""{"kind":"read","number":{{number}},"takenAt":"{{takenAt}}","line":{{line}}}"""));

    [Theory]
    [InlineData("xenports", "\"whole\":true,\"ports\":[]")]
    [InlineData("xendomain", "\"whole\":true,\"vcpus\":[]")]
    public void ALaterReadWithLinesOfALog(string kind, string members)
    {
        const string Read = """{"kind":"read","number":2,"takenAt":"2026-11-22T09:30:01+00:00","line":""";
        var line = $$"""{"kind":"{{kind}}","domid":5,{{members}}}""";
        var error = CaptureText.AssertDamaged(
            CaptureText.Complete(CaptureText.Domain(), Read + CaptureText.Domain() + "}", Read + line + "}"));

        Assert.Contains($"a later read has a line of kind '{kind}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreReadsThanTheLimit()
    {
        string[] lines =
        [
            .. Enumerable.Range(2, 8).Select(number => $$"""{"kind":"read","number":{{number}},"line":{{CaptureText.Domain()}}}"""),
        ];

        Assert.Equal(7, CaptureText.Read(CaptureText.Complete(lines.AsSpan(0, 7))).LaterReads.Count);
        CaptureText.AssertDamaged(CaptureText.Complete(lines));
    }

    private static string Series(int number, int vcpu) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"kind":"vcpuseries","domid":5,"number":{{number}},"vcpus":[{"vcpu":{{vcpu}},"interruptFlag":false}]}""");

    private static string Contexts(string contexts) => $$"""{"kind":"vcpucontexts","domid":5,"vcpus":[{{contexts}}]}""";

    private static IReadOnlyList<VcpuContext> Read(params string[] lines)
    {
        using var capture = CaptureText.Open(System.Text.Encoding.UTF8.GetBytes(CaptureText.Complete([CaptureText.Domain(), .. lines])));
        return capture.ReadVcpuContexts(Some.Domain());
    }

    private static CaptureTarget Export(IXenDataSource target, CaptureParts parts, int reads)
    {
        using var output = new MemoryStream();
        new CaptureExport(target, new RecordingObserver()) { Parts = parts, ReadCount = reads, Locate = new() }.Run(
            DomainSelection.All,
            output);
        return CaptureText.Open(output.ToArray());
    }
}
