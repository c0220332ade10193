using System.Text;
using XenShared.Files;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests which files are accepted as captures, and which data is read from them.</summary>
public sealed class CaptureReaderTests
{
    [Fact]
    public void TheSmallestCaptureIsAHostWithoutDomains()
    {
        var capture = CaptureText.Read(CaptureText.Complete());

        Assert.Equal(("fake", "4.17.7", "x86_64"), (capture.Host.HostName, capture.Host.Version?.ToString(), capture.Host.Architecture));
        Assert.Equal(Some.Start, capture.TakenAt);
        Assert.Empty(capture.Domains);
        Assert.Null(capture.HostClock);
    }

    [Fact]
    public void EveryKindOfLine()
    {
        var capture = CaptureText.Read(
            CaptureText.Complete(
                """{"kind":"clock","version":2,"seconds":1795339794,"nanoseconds":58692473}""",
                CaptureText.Domain(),
                CaptureText.Sample(
                    more: ""","unstable":["vCPU 0 time"],"vcpus":[{"vcpu":0,"online":true,"blocked":true,"cpuTimeNanoseconds":9}]"""),
                CaptureText.Ports("""{"port":1,"state":"Interdomain","vcpu":0,"remoteDomid":0,"remotePort":22},{"port":3}"""),
                """{"kind":"xenstore","domid":5,"nodes":{"console/port":"2"}}""",
                """{"kind":"error","domid":5"""
                    + ""","part":"page","id":"SharedInfoNotMapped","message":"No page; wait.","""
                    + """ "operation":"xenforeignmemory_map","errno":22,"hint":"Wait."}"""
            ));

        var domain = capture.Domains[5];
        Assert.Equal(Some.Clock, capture.HostClock);
        Assert.Equal(
            ("guest", DomainType.PV, DomainState.Blocked, 64),
            (domain.Name, domain.Reading.Type, domain.Reading.State, domain.Reading.PvWidth));
        var sample = Assert.Single(domain.Samples);
        Assert.Equal(["vCPU 0 time"], sample.Unstable);
        Assert.Equal(
            (0, true, true, false, 9ul),
            (
                sample.Vcpus[0].Vcpu,
                sample.Vcpus[0].Online,
                sample.Vcpus[0].Blocked,
                sample.Vcpus[0].Running,
                sample.Vcpus[0].CpuTimeNanoseconds));
        Assert.Equal((64u, 2), (domain.ValidPorts!.Value, domain.Ports.Count));
        Assert.Equal(
            (ChannelState.Interdomain, (ushort?)0, 22u),
            (domain.Ports[0].State, domain.Ports[0].RemoteDomId, domain.Ports[0].RemotePort));
        Assert.Null(domain.Ports[1].State);
        Assert.Equal("2", domain.DeviceNodes["console/port"]);
        Assert.Equal(
            new CapturedError(XenErrorId.SharedInfoNotMapped, "No page; wait.", "xenforeignmemory_map", 22, "Wait."),
            domain.PageError);
    }

    [Fact]
    public void PlainAndCompressedAreReadAlike()
    {
        var text = CaptureText.RealText();

        var plain = CaptureText.Read(text);
        var compressed = CaptureText.Read(CaptureText.Compress(text));

        Assert.Equal(7, plain.Domains.Count);
        Assert.Equal(plain.Domains.Keys, compressed.Domains.Keys);
        Assert.Equal(plain.Host, compressed.Host);
    }

    [Fact]
    public void TheStreamStaysOpenAndIsReadOnce()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(CaptureText.Complete()));

        CaptureReader.Read(stream, "test.xencap");

        Assert.True(stream.CanRead);
    }

    [Fact]
    public void AStreamThatGivesOneByteAtATimeIsReadToo()
    {
        using var slow = new OneByteStream(CaptureText.RealText());

        Assert.Equal(7, CaptureReader.Read(slow, "test.xencap").Domains.Count);
    }

    [Fact]
    public void UnknownKindsAndPropertiesAreSkipped()
    {
        var capture = CaptureText.Read(CaptureText.Complete(
            """{"kind":"guestPage","domid":99,"bytes":"AAAA","nested":{"a":[1,2,{"b":null}]}}""",
            """{"kind":"","x":1}""",
            """{"nothing":"known"}""",
            CaptureText.Domain().Replace("\"name\"", "\"future\":{\"x\":[1,2]},\"name\"", StringComparison.Ordinal),
            """{"domid":5,"kind":"error","part":"a part of the future","id":"XenAccessDenied","message":"No; no."}"""));

        Assert.Equal("guest", Assert.Single(capture.Domains).Value.Name);
        Assert.Null(capture.Domains[5].PageError);
        Assert.Null(capture.Domains[5].PortError);
    }

    [Fact]
    public void AnUnknownKindMayBeNestedAsItLikes() =>
        Assert.Empty(
            CaptureText.Read(CaptureText.Complete($$"""{"kind":"future","tree":{{new string('[', 20)}}{{new string(']', 20)}}}""")).Domains
        );

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("{}")]
    [InlineData("[]\n")]
    [InlineData("hello\n")]
    [InlineData("{\"kind\":\"end\",\"lines\":0}\n")]
    [InlineData("\u007fELF\u0002\u0001\u0001")]
    [InlineData("Xen saved domain, xl format\n \0 \r")]
    [InlineData("(XEN) 'e' pressed -> dumping event-channel info\n")]
    public void OtherFilesAreNotRecognised(string text) => AssertNotRecognised(Encoding.Latin1.GetBytes(text));

    [Fact]
    public void ABareSharedPageIsNotRecognised() => AssertNotRecognised(GoldenGuest.Named("pv-2l").Page.ToArray());

    [Fact]
    public void ACompressedFileOfSomethingElseIsNotRecognised() => AssertNotRecognised(CaptureText.Compress("hello\n"u8.ToArray()));

    [Theory]
    [InlineData(
        """{"xencap":2,"minor":0,"host":"fake","xenMajor":4,"xenMinor":17,"architecture":"x86_64","takenAt":"2026-11-22T09:30:00+00:00"}"""
    )]
    [InlineData(
        """{"xencap":0,"minor":0,"host":"fake","xenMajor":4,"xenMinor":17,"architecture":"x86_64","takenAt":"2026-11-22T09:30:00+00:00"}"""
    )]
    // A later version is known only by its number.
    [InlineData("""{"xencap":2}""")]
    [InlineData("""{"xencap":3,"hosts":[{"name":"a"},{"name":"b"}]}""")]
    [InlineData("""{"xencap":2,"host":{"name":"a"},"takenAt":1795339794}""")]
    public void AnotherMajorVersionIsNotRecognised(string header)
    {
        var error = AssertNotRecognised(Encoding.UTF8.GetBytes(header + "\n" + """{"kind":"end","lines":1}""" + "\n"));

        Assert.Contains("version", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherMinorVersionIsRead() =>
        Assert.Equal(
            "fake",
            CaptureText
                .Read(CaptureText.Complete().Replace("\"minor\":0", "\"minor\":7,\"news\":[1]", StringComparison.Ordinal))
                .Host.HostName);

    [Fact]
    public void WindowsLineEndsAndEmptyLinesAreNotHeldAgainstIt()
    {
        Assert.Single(CaptureText.Read(CaptureText.Complete(CaptureText.Domain()).Replace("\n", "\r\n", StringComparison.Ordinal)).Domains);
        Assert.Single(CaptureText.Read(CaptureText.Complete(CaptureText.Domain(), "")).Domains);
    }

    [Fact]
    public void AnErrorNamesLineAndOffset()
    {
        var error = CaptureText.AssertDamaged(CaptureText.Complete(CaptureText.Domain(), "nonsense"));

        Assert.Contains(
            $"line 3 (offset {CaptureText.Header.Length + 1 + CaptureText.Domain().Length + 1}",
            error.Message,
            StringComparison.Ordinal);
    }

    private static XenException AssertNotRecognised(byte[] bytes)
    {
        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => CaptureText.Read(bytes)));
        Assert.Equal(XenErrorId.FileNotRecognised, error.Id);
        Assert.True(error.IsFatal);
        Messages.AssertSentence(error.Message);
        Assert.Contains("'test.xencap'", error.Message, StringComparison.Ordinal);
        return error;
    }

    private sealed class OneByteStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1)]);
    }

    [Fact]
    public void PagesNeedLittleMemory()
    {
        var domain = CaptureText.Domain();
        var few = CaptureText.Complete(domain, CaptureText.Sample());
        var many = CaptureText.Complete([domain, .. Enumerable.Repeat(CaptureText.Sample(), 16)]);

        // The buffers of the reader are the same for both, so the difference is that of 15 samples.
        var bytes = Allocated(many) - Allocated(few);

        Assert.InRange(bytes, 1, 15 * SharedInfoLayout.PageSize / 2);

        static long Allocated(string text)
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
            CaptureReader.Read(stream, "test.xencap");
            stream.Position = 0;
            var before = GC.GetAllocatedBytesForCurrentThread();
            CaptureReader.Read(stream, "test.xencap");
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData(8192)]
    public void APageOfAnotherLengthIsDamaged(int length)
    {
        var page = Convert.ToBase64String(new byte[length]);
        var error = CaptureText.AssertDamaged(CaptureText.Complete(CaptureText.Domain(), CaptureText.Sample(page: page)));

        Assert.Contains($"has {length} bytes instead of 4096", error.Message, StringComparison.Ordinal);
    }
}
