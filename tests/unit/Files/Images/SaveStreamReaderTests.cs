using System.Buffers.Binary;
using XenShared.Files.Images;
using XenShared.Fuzz.Samples;
using XenShared.Layout;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.Images;

/// <summary>Tests saved guests that a writer of the tests creates record by record.</summary>
public sealed class SaveStreamReaderTests
{
    private static readonly byte[] s_page = [.. Enumerable.Repeat((byte)'a', SharedInfoLayout.PageSize)];
    private static readonly byte[] s_other = [.. Enumerable.Repeat((byte)'b', SharedInfoLayout.PageSize)];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void APvGuestIsReadWithItsXlConfiguration(int version)
    {
        var guest = GuestSample.Fifo(vcpus: 3);
        using var target = ImageFile.Open(SaveStreamWriter.Write(guest, version: version));

        var domain = target.ReadDomain(GuestImage.NoDomId);
        Assert.Equal(
            (TargetKind.SavedGuest, DomainType.PV, 64, 2, 3),
            (target.Kind, domain.Type, domain.PvWidth, domain.MaxVcpuId, domain.OnlineVcpus));
        Assert.Equal(
            ("saved", "5a5a0001-0002-0003-0004-000000000005", "4.17"),
            (target.ReadName(GuestImage.NoDomId), domain.Uuid.ToString(), target.Host.Version?.ToString()));
        Assert.Equal(guest.SharedInfo, target.ReadSample(GuestImage.NoDomId).Page.ToArray());
        foreach (var (pfn, page) in guest.Pages) Assert.Equal(page, ImageFile.Page(target, pfn));
    }

    [Fact]
    public void AGuestWithoutAConfigurationHasNoName()
    {
        using var target = ImageFile.Open(SaveStreamWriter.Write(GuestSample.Fifo(), width: 4, configuration: null));

        Assert.Null(target.ReadName(GuestImage.NoDomId));
        Assert.Null(target.ReadDomain(GuestImage.NoDomId).Uuid);
        Assert.Equal(32, target.ReadDomain(GuestImage.NoDomId).PvWidth);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"c_info":5}""")]
    [InlineData("""{"c_info":{"name":7,"uuid":"x","type":[]}}""")]
    [InlineData("""{"c_info":{"name":"\ud800"}}""")]
    public void AnEmptyConfiguration(string configuration)
    {
        using var target = ImageFile.Open(SaveStreamWriter.Write(GuestSample.Fifo(), configuration: configuration));

        Assert.Null(target.ReadName(GuestImage.NoDomId));
    }

    [Fact]
    public void AnHvmGuestsContextNamesTheSpeedOfTheClock()
    {
        using var named = ImageFile.Open(SaveStreamWriter.Write(GuestSample.Fifo(), isPv: false, tscKilohertz: 2_299_999));
        using var unnamed = ImageFile.Open(SaveStreamWriter.Write(GuestSample.Fifo(), isPv: false, tscKilohertz: 0));
        using var pv = ImageFile.Open(SaveStreamWriter.Write(GuestSample.Fifo()));

        Assert.Equal([2_299_999u, null, null], new[] { named, unnamed, pv }.Select(target => target.Memory!.TscKilohertz));
    }

    [Fact]
    public void AnHvmGuestHasNoPageAndAReason()
    {
        using var target = ImageFile.Open(
            SaveStreamWriter.Write(GuestSample.Fifo(vcpus: 2), isPv: false, configuration: """{"c_info":{"type":"pvh","name":"x"}}"""));

        var domain = target.ReadDomain(GuestImage.NoDomId);
        Assert.Equal((DomainType.PVH, 1, 2), (domain.Type, domain.MaxVcpuId, domain.OnlineVcpus));
        var error = Assert.Throws<XenException>(() => target.ReadSample(GuestImage.NoDomId));
        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
        Assert.Contains("does not save it", error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message);
    }

    [Fact]
    public void TheStartInfoPageNamesPortsAndTheFrameOfThePage()
    {
        var page = new byte[SharedInfoLayout.PageSize];
        "xen-3.0-x86_64"u8.CopyTo(page);
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(40), 0xb_fc50ul << 12);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(64), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(80), 2);
        using var target = ImageFile.Open(Pv(writer => writer.Pages((0, 7, page)).Vcpu(0, 7)));

        Assert.Equal((ulong?)0xb_fc50, target.ReadDomain(GuestImage.NoDomId).SharedInfoFrame);
        Assert.Equal(
            new Dictionary<string, string> { ["store/port"] = "1", ["console/port"] = "2" },
            target.ReadDeviceNodes(GuestImage.NoDomId));
    }

    [Fact]
    public void APageThatComesAgainReplacesTheOneBefore()
    {
        using var target = ImageFile.Open(
            Pv(writer => writer.Pages((0, 5, s_page), (0, 6, s_page), (0, 7, s_page)).Pages((0, 6, s_other)).Pages((0, 9, s_page))));

        Assert.Equal(s_page, ImageFile.Page(target, 5));
        Assert.Equal(s_other, ImageFile.Page(target, 6));
        Assert.Equal(s_page, ImageFile.Page(target, 7));
        Assert.Equal(4ul, target.Memory!.CountFrames(GuestImage.NoDomId));
    }

    [Fact]
    public void APageThatTheGuestLostIsGone()
    {
        using var target = ImageFile.Open(
            Pv(writer => writer.Pages((0, 5, s_page), (0, 6, s_page), (0, 7, s_page)).Pages((15, 6, []), (14, 8, []))));

        Assert.Null(ImageFile.Page(target, 6));
        Assert.Equal(s_page, ImageFile.Page(target, 5));
        Assert.Equal(s_page, ImageFile.Page(target, 7));
    }

    [Fact]
    public void OfACheckpointedStreamTheFirstStateIsRead()
    {
        using var target = ImageFile.Open(
            Headers(new SaveStreamWriter().Libxl().Record(1, []))
                .Pages((0, 5, s_page))
                .Record(7, new byte[4096])
                .Record(0xe, [])
                .Record(4, [])
                .Pages((0, 5, s_other))
                .ToBytes());

        Assert.Equal(s_page, ImageFile.Page(target, 5));
    }

    [Fact]
    public void AnOptionalRecordIsPassedOver()
    {
        using var target = ImageFile.Open(Pv(writer => writer.Record(0x8000_0099, [1, 2, 3])));

        Assert.Equal(DomainType.PV, target.ReadDomain(GuestImage.NoDomId).Type);
    }

    [Fact]
    public void ARecordThatMustBeUnderstoodIsNotPassedOver() =>
        Assert.Contains(
            "0x13",
            ImageFile.AssertRefused(XenErrorId.FileNotRecognised, Pv(writer => writer.Record(0x13, [1, 2, 3]))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(1u, 0u, "version 1")]
    [InlineData(2u, 1u, "big endian")]
    public void ALibxlStreamOfAnotherKind(uint version, uint options, string reason) =>
        Assert.Contains(
            reason,
            ImageFile
                .AssertRefused(XenErrorId.FileNotRecognised, new SaveStreamWriter().Libxl(version, options).Record(0, []).ToBytes())
                .Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(1u, 0, "version 1")]
    [InlineData(4u, 0, "version 4")]
    [InlineData(3u, 1, "big endian")]
    public void ALibxcStreamOfAnotherKind(uint version, ushort options, string reason) =>
        Assert.Contains(
            reason,
            ImageFile
                .AssertRefused(XenErrorId.FileNotRecognised, new SaveStreamWriter().Libxc(1, version, options).Record(0, []).ToBytes())
                .Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(1u, "without records")]
    [InlineData(7u, "0x7")]
    public void AnXlHeaderOfAnotherKind(uint flags, string reason) =>
        Assert.Contains(
            reason,
            ImageFile.AssertRefused(XenErrorId.FileNotRecognised, new SaveStreamWriter().Xl("{}", flags).ToBytes()).Message,
            StringComparison.Ordinal);

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "not a known kind of guest", new SaveStreamWriter().Libxc(3).ToBytes() },
        { "hypervisor is not valid", new SaveStreamWriter().Libxc(1, major: 70_000).ToBytes() },
        { "without the guest's shared page", new SaveStreamWriter().Libxc(1).Record(0, []).ToBytes() },
        { "without the guest's shared page", new SaveStreamWriter().Libxc(1).Record(7, new byte[4096]).Record(0, []).ToBytes() },
        { "4095 bytes instead of 4096", Pv(writer => writer.Record(7, new byte[4095])) },
        { "neither 32 nor 64", Pv(writer => writer.Record(2, [5, 4, 0, 0, 0, 0, 0, 0])) },
        { "of the guest's width has 4 bytes", Pv(writer => writer.Record(2, [8, 4, 0, 0])) },
        { "of pages has 4 bytes", Pv(writer => writer.Record(1, new byte[4])) },
        { "cannot contain 0 pages", Pv(writer => writer.Record(1, new byte[8])) },
        { "cannot contain 4294967295 pages", Pv(writer => writer.Record(1, [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])) },
        { "does not contain the pages", Pv(writer => writer.Record(1, [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])) },
        { "6 is not a known type of page", Pv(writer => writer.Pages((6, 1, s_page))) },
        { "vCPU 8192 is beyond", Pv(writer => writer.Vcpu(8192, 0)) },
        { "of a vCPU has 4 bytes", Pv(writer => writer.Record(4, new byte[4])) },
        { "it ends without a guest", new SaveStreamWriter().Libxl().Record(0, []).ToBytes() },
        { "a second guest", new SaveStreamWriter().Libxl().Record(1, []).Libxc(2).Record(0, []).Record(1, []).ToBytes() },
        { "does not begin with its marker", new SaveStreamWriter().Libxl().Record(1, []).Libxl().Libxl().Libxl().ToBytes() },
        { "vCPU 9999 is beyond", new SaveStreamWriter().Libxc(2).Record(9, [2, 0, 0x0f, 0x27, 0, 0, 0, 0]).Record(0, []).ToBytes() },
    };

    [Theory, MemberData(nameof(Damaged))]
    public void ARecordThatCannotBe(string reason, byte[] bytes) => ImageFile.AssertDamaged(bytes, reason);

    [Fact]
    public void ARecordThatIsLongerThanAnyIsRefusedBeforeItIsRead()
    {
        var bytes = new SaveStreamWriter().Libxc(1).Record(1, new byte[8]).ToBytes();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(44), 0x0800_0001);

        ImageFile.AssertDamaged(bytes, "134217729 bytes");
    }

    [Fact]
    public void MoreRecordsThanThereMayBe()
    {
        using var file = new FileBytes(new MemoryStream(Pv(writer => writer.Record(0x10, []).Record(0x10, []))), ImageFile.Name);

        var error = Assert.Throws<XenException>(() => SaveStreamReader.Read(file, new ImageLimits { MaximumRecords = 3 }));
        Assert.Equal(XenErrorId.FileDamaged, error.Id);
        Assert.Contains("more than 3 records", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryInMorePiecesThanAreKept()
    {
        using var file = new FileBytes(
            new MemoryStream(Pv(writer => writer.Pages((0, 1, s_page), (0, 3, s_page), (0, 5, s_page), (0, 7, s_page)))),
            ImageFile.Name);

        Assert.Contains(
            "more than 2 pieces",
            Assert.Throws<XenException>(() => SaveStreamReader.Read(file, new ImageLimits { MaximumRuns = 2 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsCutOffIsRefused() => ImageFile.AssertRefusedWherever(SaveStreamWriter.Write(GuestSample.Fifo()), 331);

    [Fact]
    public void CancellingEndsTheReading()
    {
        using var file = new FileBytes(new MemoryStream(SaveStreamWriter.Write(GuestSample.Fifo())), ImageFile.Name);

        Assert.Throws<OperationCanceledException>(() => SaveStreamReader.Read(file, cancellation: new CancellationToken(canceled: true)));
    }

    private static SaveStreamWriter Headers(SaveStreamWriter writer) => writer.Libxc(1).Record(2, [8, 4, 0, 0, 0, 0, 0, 0]);

    private static byte[] Pv(Action<SaveStreamWriter> records)
    {
        var writer = Headers(new SaveStreamWriter());
        records(writer);
        return writer.Record(7, new byte[4096]).Record(0, []).ToBytes();
    }
}
