using System.Text;
using XenShared.Fuzz.Samples;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets;

/// <summary>Checks that the kind of a file is detected by its content, not its name.</summary>
public sealed class TargetFileTests
{
    private const string Log =
        "(XEN) 'e' pressed -> dumping event-channel info\n(XEN) Event channel information for domain 3:\n(XEN) Polling vCPUs: {}\n(XEN)    "
            + " port [p/m/s]\n(XEN)        1 [1/0/1]: s=5 n=0 x=0 v=0\n";

    public static TheoryData<TargetKind, byte[]> Kinds => new()
    {
        { TargetKind.Capture, CaptureText.RealText() },
        { TargetKind.CoreDump, ImageFile.Dump(GuestSample.Fifo()) },
        { TargetKind.SavedGuest, SaveStreamWriter.Write(GuestSample.Fifo()) },
        { TargetKind.SavedGuest, SaveStreamWriter.Write(GuestSample.Fifo(), configuration: null) },
        { TargetKind.Page, GuestSample.Fifo().SharedInfo },
        { TargetKind.Page, new byte[SharedInfoLayout.PageSize] },
        { TargetKind.ConsoleLog, Encoding.UTF8.GetBytes(Log) },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void AFileIsWhatItHolds(TargetKind kind, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        using var target = TargetFile.Open(folder.Write("some.txt", bytes));

        Assert.Equal((kind, "some.txt"), (target.Kind, target.DisplayName));
        Assert.NotEmpty(Answers.Read(target));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void CompressedItIsTheSameOrAnErrorWithItsReason(TargetKind kind, byte[] bytes) =>
        AssertForwardOnly(kind, CaptureText.Compress(bytes), bytes, "gunzip");

    [Theory, MemberData(nameof(Kinds))]
    public void FromAPipeItIsTheSameOrAnErrorWithItsReason(TargetKind kind, byte[] bytes) =>
        AssertForwardOnly(kind, bytes, bytes, "to a file first");

    public static TheoryData<string, byte[]> Others => new()
    {
        { "first bytes do not match", [] },
        { "first bytes do not match", new byte[SharedInfoLayout.PageSize - 1] },
        { "first bytes do not match", new byte[SharedInfoLayout.PageSize + 1] },
        { "text without a dump", "hello\n"u8.ToArray() },
        { "first bytes do not match", CaptureText.Compress(CaptureText.Compress("hello\n"u8.ToArray())) },
    };

    [Theory, MemberData(nameof(Others))]
    public void AnUnknownFileIsAnErrorThatListsTheKnownKinds(string reason, byte[] bytes)
    {
        var message = ImageFile.AssertRefused(XenErrorId.FileNotRecognised, bytes).Message;

        Assert.Contains(reason, message, StringComparison.Ordinal);
        foreach (var kind in (string[])["a capture", "a core dump", "a saved guest", "4,096 bytes", "debug key 'e'"])
            Assert.Contains(kind, message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDoesNotUnpackIsDamaged()
    {
        var packed = CaptureText.Compress(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(line => $"{line} {line * 7919 % 10007}\n"))));
        packed.AsSpan(packed.Length / 2, 40).Fill(0xff);

        ImageFile.AssertRefused(XenErrorId.FileDamaged, packed);
    }

    [Fact]
    public void APageWithEvidenceOfItsLayoutIsReadInIt()
    {
        foreach (var layout in SharedInfoLayout.All)
        {
            using var target = ImageFile.Open(Some.TwoLevelPage(layout, 1, 2));
            var page = Assert.Single(new SharedInfoQuery(target, new RecordingObserver()).Run(DomainSelection.All));

            Assert.Equal((layout.Layout, null, null), (page.Layout, page.Frame, page.TakenAt));
        }
    }

    [Fact]
    public void APageWithoutEvidenceIsReadWithTheRequestedLayout()
    {
        using var target = ImageFile.Open(new byte[SharedInfoLayout.PageSize]);
        var observer = new RecordingObserver();

        Assert.Empty(new SharedInfoQuery(target, observer).Run(DomainSelection.All));
        Assert.Equal(XenErrorId.LayoutUnknown, Assert.Single(observer.Errors).Id);
        foreach (var layout in Enum.GetValues<GuestLayout>())
            Assert.Equal(layout, Assert.Single(new SharedInfoQuery(target, observer) { Layout = layout }.Run(DomainSelection.All)).Layout);
    }

    [Fact]
    public void APageShowsTheVcpusThatXenFilledASlotOf()
    {
        var guest = GuestSample.TwoLevel(SharedInfoLayout.X86_64);
        GuestSample.Record(7, 4).CopyTo(guest.SharedInfo, 2 * 64);
        using var target = ImageFile.Open(guest.SharedInfo);

        Assert.Equal([0, 1, 2], new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All).Select(vcpu => vcpu.Vcpu));
    }

    [Fact]
    public void AFileWhoseMemoryIsReadCanBeDeletedAfterwards()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("core", ImageFile.Dump(GuestSample.Fifo()));
        var target = TargetFile.Open(path);
        target.Dispose();

        Assert.Throws<ObjectDisposedException>(() => ImageFile.Page(target, CoreDumpWriter.MfnOf(3)));
    }

    private static void AssertForwardOnly(TargetKind kind, byte[] bytes, byte[] plain, string advice)
    {
        using var stream = new ForwardStream(bytes);
        if (kind is TargetKind.CoreDump or TargetKind.SavedGuest)
        {
            var error = Assert.Throws<XenException>(() => TargetFile.Read(stream, ImageFile.Name));
            Assert.Equal(XenErrorId.FileNotRecognised, error.Id);
            Assert.Contains(advice, error.Message, StringComparison.Ordinal);
            Messages.AssertSentence(error.Message);
            return;
        }
        using var target = TargetFile.Read(stream, ImageFile.Name);
        using var expected = ImageFile.Open(plain);
        Assert.Equal(Answers.Read(expected), Answers.Read(target));
    }
}
