using System.Buffers.Binary;
using XenShared.Files.Images;
using XenShared.Fuzz.Samples;
using XenShared.Layout;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.Images;

/// <summary>Tests core dumps that a writer of the tests creates in the form of <c>xl dump-core</c>.</summary>
public sealed class CoreDumpReaderTests
{
    [Fact]
    public void APvGuestIsReadWithItsPageAndMemory()
    {
        var guest = GuestSample.Fifo(vcpus: 2);
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        var domain = target.ReadDomain(GuestImage.NoDomId);
        Assert.Equal(
            (TargetKind.CoreDump, DomainType.PV, 64, 1, (ulong?)guest.Pages.Count),
            (target.Kind, domain.Type, domain.PvWidth, domain.MaxVcpuId, domain.TotalPages));
        Assert.Equal(("4.17.7", "x86_64", ""), (target.Host.Version?.ToString(), target.Host.Architecture, target.Host.HostName));
        Assert.Equal(guest.SharedInfo, target.ReadSample(GuestImage.NoDomId).Page.ToArray());
        foreach (var (pfn, page) in guest.Pages) Assert.Equal(page, ImageFile.Page(target, CoreDumpWriter.MfnOf(pfn)));
        Assert.Null(ImageFile.Page(target, 0x1234567));
    }

    [Fact]
    public void WhatADumpDoesNotCarryIsNull()
    {
        using var target = ImageFile.Open(ImageFile.Dump(GuestSample.Fifo()));
        var domain = target.ReadDomain(GuestImage.NoDomId);

        Assert.Equal((null, null, null, null), (domain.Uuid, domain.State, domain.CpuTimeNanoseconds, domain.OnlineVcpus));
        Assert.Null(target.ReadName(GuestImage.NoDomId));
        Assert.Null(target.ReadHostClock());
        Assert.Null(target.ReadSample(GuestImage.NoDomId).TakenAt);
        Assert.Equal(PortTableCompleteness.Inferred, target.ReadPorts(GuestImage.NoDomId).Listing);
        Assert.Equal(XenErrorId.DomainNotFound, Assert.Throws<XenException>(() => target.ReadDomain(1)).Id);
    }

    [Fact]
    public void TheWidthOfAPvGuestIsReadFromWhereItsNoteStands()
    {
        using var target = ImageFile.Open(
            ImageFile.Dump(GuestSample.TwoLevel(SharedInfoLayout.X86_32), change: writer => writer.Width = 32));

        Assert.Equal(32, target.ReadDomain(GuestImage.NoDomId).PvWidth);
    }

    [Fact]
    public void AGuestWhoseFramesXenTranslatesHasItsPageInItsMemoryToo()
    {
        var guest = GuestSample.Fifo();
        guest.Pages[4] = guest.SharedInfo;
        using var target = ImageFile.Open(ImageFile.Dump(guest, isPv: false));

        Assert.Equal((ulong?)4, target.ReadDomain(GuestImage.NoDomId).SharedInfoFrame);
        Assert.Null(target.ReadDomain(GuestImage.NoDomId).Type);
    }

    [Fact]
    public void APageThatIsPresentTwiceIsLocatedInNeither()
    {
        var guest = GuestSample.Fifo();
        guest.Pages[4] = guest.Pages[6] = guest.SharedInfo;
        using var target = ImageFile.Open(ImageFile.Dump(guest, isPv: false));

        Assert.Null(target.ReadDomain(GuestImage.NoDomId).SharedInfoFrame);
    }

    [Fact]
    public void AGuestThatHadNotMappedItsPageHasNone()
    {
        using var target = ImageFile.Open(ImageFile.Dump(GuestSample.Fifo(), isPv: false, writer => writer.SharedInfo = null));

        var error = Assert.Throws<XenException>(() => target.ReadSample(GuestImage.NoDomId));
        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
        Assert.Contains("had not mapped", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EntriesWithoutAPageAreNone()
    {
        var guest = GuestSample.Fifo();
        using var target = ImageFile.Open(ImageFile.Dump(guest, change: writer => writer.InvalidEntries = 3));

        Assert.Equal((ulong)guest.Pages.Count, target.Memory!.CountFrames(GuestImage.NoDomId));
    }

    [Theory]
    [InlineData(".note.Xen", XenErrorId.FileNotRecognised, "no section .note.Xen")]
    [InlineData(".xen_prstatus", XenErrorId.FileDamaged, "no section .xen_prstatus")]
    [InlineData(".xen_pages", XenErrorId.FileDamaged, "16 pages, more than the file can hold")]
    [InlineData(".xen_p2m", XenErrorId.FileDamaged, "no section .xen_p2m")]
    public void ASectionThatIsMissing(string section, XenErrorId id, string reason) =>
        Assert.Contains(
            reason,
            ImageFile.AssertRefused(id, ImageFile.Dump(GuestSample.Fifo(), change: writer => writer.LeftOut.Add(section))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(4, 1, "64-bit")] // class
    [InlineData(5, 2, "64-bit")] // byte order
    [InlineData(16, 2, "program")] // type
    [InlineData(18, 99, "machine")]
    [InlineData(60, 0, "no sections")]
    public void AnElfFileOfAnotherKind(int offset, byte value, string reason)
    {
        var bytes = ImageFile.Dump(GuestSample.Fifo());
        bytes[offset] = value;

        Assert.Contains(reason, ImageFile.AssertRefused(XenErrorId.FileNotRecognised, bytes).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(58, 63ul, 2, "section headers")]
    [InlineData(60, 65ul, 2, "65 sections")]
    [InlineData(62, 9ul, 2, "section 9")]
    [InlineData(40, ulong.MaxValue, 8, "section headers")]
    [InlineData(64 + 64 + 32, 1ul << 40, 8, "section names")]
    [InlineData(64 + 128, 1ul << 20, 4, "name of a section")]
    [InlineData(64 + 128 + 24, 1ul << 40, 8, "section .note.Xen")]
    public void AHeaderThatCannotBe(int offset, ulong value, int width, string reason)
    {
        var bytes = ImageFile.Dump(GuestSample.Fifo());
        Write(bytes, offset, value, width);

        ImageFile.AssertDamaged(bytes, reason);
    }

    [Theory]
    [InlineData(0x02000001u, 16, 5ul, "not a known kind of guest")]
    [InlineData(0x02000001u, 24, 9000ul, "9000 vCPUs")]
    [InlineData(0x02000001u, 24, 900ul, "registers")]
    [InlineData(0x02000001u, 32, ulong.MaxValue, "more than the file can hold")]
    [InlineData(0x02000001u, 32, 3ul, "are not 3 pages")]
    [InlineData(0x02000001u, 40, 8192ul, "8192 bytes")]
    [InlineData(0x02000002u, 16, 1ul << 40, "hypervisor")]
    [InlineData(0x02000001u, 4, 1ul << 20, "longer than its section")]
    public void ANoteThatCannotBe(uint type, int offset, ulong value, string reason)
    {
        var bytes = ImageFile.Dump(GuestSample.Fifo());
        var note = Note(bytes, type);
        Write(bytes, note + offset, value, offset == 4 ? 4 : 8);

        ImageFile.AssertDamaged(bytes, reason);
    }

    [Fact]
    public void AFormatOfTheFutureIsNotGuessedAt()
    {
        var bytes = ImageFile.Dump(GuestSample.Fifo());
        Write(bytes, Note(bytes, 0x02000003) + 16, 1ul << 32, 8);

        Assert.Contains("later format", ImageFile.AssertRefused(XenErrorId.FileNotRecognised, bytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APageNumberBeyondAllMemory()
    {
        var guest = GuestSample.Fifo();

        ImageFile.AssertDamaged(
            ImageFile.Dump(guest, change: writer => writer.Pages[3] = (1ul << 52, 1, new byte[4096])),
            "0x10000000000000 is not a page number");
    }

    [Fact]
    public void ADumpThatIsCutOffIsRefused() => ImageFile.AssertRefusedWherever(ImageFile.Dump(GuestSample.Fifo()), 331);

    // The header of the note of a type: 4 bytes each of name size, size, type, name.
    private static int Note(byte[] bytes, uint type)
    {
        for (var at = 0; at < bytes.Length - 16; at += 4)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)) == type
                && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12)) == 0x006e_6558)
                return at;
        }
        throw new InvalidOperationException("There is no such note.");
    }

    private static void Write(byte[] bytes, int offset, ulong value, int width)
    {
        if (width == 2) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), (ushort)value);
        else if (width == 4) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), (uint)value);
        else BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);
    }
}
