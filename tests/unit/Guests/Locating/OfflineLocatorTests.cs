using System.Runtime.InteropServices;
using XenShared.Files.Images;
using XenShared.Fuzz.Samples;
using XenShared.Guests;
using XenShared.Guests.Locating;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Checks the search of memory in a file: a location is at most inferred, and none is used if two match.</summary>
public sealed class OfflineLocatorTests
{
    private static readonly byte[] s_empty = new byte[SharedInfoLayout.PageSize];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheOnlyEventArrayIsTakenForTheGuests(bool isPv)
    {
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(ImageFile.Dump(GuestSample.Fifo(), isPv));
        var channels = new EventChannelQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Equal(
            [(1u, false, false), (2u, false, false), (3u, true, false), (4u, true, true)],
            channels.Select(channel => (channel.Port, channel.Pending, channel.Masked)));
        Assert.All(channels, channel =>
            Assert.Equal(
                (EventAbi.Fifo, StateSource.GuestMemory, null, null),
                (channel.EventAbi, channel.Source, channel.IsLive, channel.State)));
        Assert.Contains("inferred", Assert.Single(observer.Warnings).Message, StringComparison.Ordinal);
        Assert.Empty(observer.Errors);
    }

    [Fact]
    public void OfTwoEventArraysNoneIs()
    {
        var guest = GuestSample.Fifo();
        guest.Pages[12] = guest.Pages[GuestSample.ArrayPfn].ToArray();
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        Assert.Empty(new EventChannelQuery(target, observer).Run(DomainSelection.All));
        Assert.Contains("2 pages in the file look like an event array", Assert.Single(observer.Warnings).Message, StringComparison.Ordinal);
    }

    // An incomplete search has not read all pages, so there may be a second match.
    [Fact]
    public void AfterASearchThatWasGivenUpNoArrayIsTaken()
    {
        var guest = GuestSample.Fifo();
        var records = new byte[SharedInfoLayout.PageSize];
        for (var at = 0; at < records.Length; at += 64) GuestSample.Record(seconds: 5000, version: 8).CopyTo(records, at);
        for (var pfn = 40ul; pfn < 60; pfn++) guest.Pages[pfn] = records;
        for (var pfn = 60ul; pfn < 700; pfn++) guest.Pages[pfn] = s_empty;
        guest.Pages[700] = guest.Pages[GuestSample.ArrayPfn];
        using var target = ImageFile.Open(ImageFile.Dump(guest, isPv: false));
        var options = new LocatorOptions { EventArrays = true, VcpuRecords = true };
        var inspection = new GuestInspector(target).Inspect(target.ReadDomains(), TimeSpan.Zero, CancellationToken.None).Single();

        var (array, whyNot) = new OfflineLocator(target.Memory!, options).FindEventArray(inspection, CancellationToken.None);

        Assert.Null(array);
        Assert.Contains("was stopped", whyNot!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAnEventArrayNothingIsKnown()
    {
        var guest = GuestSample.Fifo();
        guest.Pages.Remove(GuestSample.ArrayPfn);
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        Assert.Empty(new EventChannelQuery(target, observer).Run(DomainSelection.All));
        Assert.Contains("No page of the 15 in the file", Assert.Single(observer.Warnings).Message, StringComparison.Ordinal);
        Assert.Empty(new EventChannelQuery(target, observer) { Source = ChannelSource.GuestMemory }.Run(DomainSelection.All));
        Assert.Equal(XenErrorId.EventStateUnknown, Assert.Single(observer.Errors).Id);
    }

    public static TheoryData<string, int, uint> NoArrays => new()
    {
        { "port 0 open", 0, 0 },
        { "the last word is none", 1023, 5 },
        { "an open port in the upper half", 700, 0 },
        { "bits that no word has", 9, 1u << 20 },
        { "a link without being linked", 9, 12 },
        { "a link to what is not linked", 9, EventWordBits.Linked | 12 },
        { "a link beyond the page", 9, EventWordBits.Linked | 5000 },
    };

    [Theory, MemberData(nameof(NoArrays))]
    public void APageThatCannotBeAnArray(string why, int at, uint word)
    {
        var page = GuestSample.Fifo().Pages[GuestSample.ArrayPfn];
        Assert.True(new OfflineEventArrayPattern().Resembles(page), why);
        MemoryMarshal.Cast<byte, uint>(page.AsSpan())[at] = word;

        Assert.False(new OfflineEventArrayPattern().Resembles(page), why);
    }

    [Fact]
    public void AQueueIsAChainOfLinkedWords()
    {
        var page = GuestSample.Fifo().Pages[GuestSample.ArrayPfn];
        MemoryMarshal.Cast<byte, uint>(page.AsSpan())[9] = EventWordBits.Pending | EventWordBits.Linked | 3;

        Assert.True(new OfflineEventArrayPattern().Resembles(page));
    }

    [Fact]
    public void AFullyMaskedPageIsNoEventArray()
    {
        var page = new byte[SharedInfoLayout.PageSize];
        MemoryMarshal.Cast<byte, uint>(page.AsSpan()).Fill(EventWordBits.Masked);

        Assert.False(new OfflineEventArrayPattern().Resembles(page));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void RecordsWithTheClockOfThePageAreTakenInTheirOrder(int vcpus)
    {
        using var target = ImageFile.Open(ImageFile.Dump(GuestSample.Fifo(vcpus)));
        var found = new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All).ToArray();

        Assert.Equal(
            Enumerable.Range(0, vcpus).Select(vcpu => $"PFN 0x{GuestSample.RecordPfn + (ulong)vcpu * GuestSample.RecordDistance:x}+0x3c0"),
            found.Select(vcpu => vcpu.Location));
        Assert.All(found, vcpu =>
            Assert.Equal((null, StateSource.GuestMemory, TimeSpan.FromSeconds(400)), (vcpu.IsLive, vcpu.Source, vcpu.Time?.SystemTime)));
    }

    [Fact]
    public void OfMoreRecordsThanVcpusNoneIsTaken()
    {
        var guest = GuestSample.Fifo();
        GuestSample.Record(300, 50).CopyTo(guest.Pages[13], 0x40);
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        Assert.Equal(StateSource.SharedPage, Assert.Single(new VcpuQuery(target, observer).Run(DomainSelection.All)).Source);
        Assert.Contains(
            "2 places in the file look like records of 1 vCPUs",
            Assert.Single(observer.Warnings).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 100u)] // before the page's
    [InlineData(5, 100u)] // at the page's: the page itself, in a guest whose frames Xen translates
    [InlineData(400, 101u)] // being written
    public void ARecordThatIsNotLaterThanThatOfThePageIsRejected(ulong seconds, uint version)
    {
        var guest = GuestSample.Fifo();
        GuestSample.Record(seconds, version).CopyTo(guest.Pages[GuestSample.RecordPfn], GuestSample.RecordOffset);
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        var vcpu = Assert.Single(new VcpuQuery(target, observer).Run(DomainSelection.All));
        Assert.Equal((StateSource.SharedPage, null), (vcpu.Source, vcpu.IsLive));
        Assert.Empty(observer.Warnings);
    }

    [Fact]
    public void ARecordWhoseTimeDoesNotMatchItsTicksIsRejected()
    {
        var guest = GuestSample.Fifo();
        SharedInfoLayout.X86_64.Vcpu.SystemTime.Write(guest.Pages[GuestSample.RecordPfn].AsSpan(GuestSample.RecordOffset), 450_000_000_000);
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        Assert.Equal(StateSource.SharedPage, Assert.Single(new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All)).Source);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void WithoutThePageRecordsAreKnownByTheSpeedOfTheClock(int vcpus)
    {
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(SaveStreamWriter.Write(GuestSample.Fifo(vcpus), isPv: false));
        var found = new VcpuQuery(target, observer).Run(DomainSelection.All).ToArray();

        Assert.Equal(
            Enumerable
                .Range(0, vcpus)
                .Select(vcpu => (vcpu, $"PFN 0x{GuestSample.RecordPfn + (ulong)vcpu * GuestSample.RecordDistance:x}+0x3c0")),
            found.Select(vcpu => (vcpu.Vcpu, vcpu.Location)));
        Assert.All(found, vcpu =>
            Assert.Equal((null, StateSource.GuestMemory, TimeSpan.FromSeconds(400)), (vcpu.IsLive, vcpu.Source, vcpu.Time?.SystemTime)));
        Assert.All(found, vcpu => Assert.Equal((ulong.MaxValue, (ulong?)0), (vcpu.PendingSelector, vcpu.Cr2)));
        Assert.All(found, vcpu => Assert.Contains("2000.000 MHz", vcpu.LiveEvidence, StringComparison.Ordinal));
        // The missing page is reported, and is no error of the records that were located.
        Assert.Equal(XenErrorId.NotSupportedByHost, Assert.Single(observer.Warnings).Id);
        Assert.Empty(observer.Errors);
    }

    [Fact]
    public void WithoutThePageAUsedSelectorIsNoEvidenceOfTheLayout()
    {
        var guest = GuestSample.Fifo();
        SharedInfoLayout.X86_64.Vcpu.PendingSelector.Write(guest.Pages[GuestSample.RecordPfn].AsSpan(GuestSample.RecordOffset), 0);
        using var target = ImageFile.Open(SaveStreamWriter.Write(guest, isPv: false));

        var vcpu = Assert.Single(new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All));
        Assert.Equal((null, null, false), (vcpu.PendingSelector, vcpu.Cr2, vcpu.UpcallPending));
    }

    [Theory]
    [InlineData(2_000_000u, 100u, 2, "2 places in the file look like records of 1 vCPUs")]
    [InlineData(2_000_000u, 101u, 1, "No place in the file looks like a vCPU's record with a clock of 2000.000 MHz")] // being written
    [InlineData(3_000_000u, 100u, 1, "No place in the file looks like a vCPU's record with a clock of 3000.000 MHz")]
    [InlineData(0u, 100u, 1, null)] // the file does not name it
    public void WithoutThePageRecordsThatAreNotOneForEachVcpuAreNone(uint kilohertz, uint version, int records, string? why)
    {
        var guest = GuestSample.Fifo();
        for (var record = 0; record < records; record++)
            GuestSample.Record(400, version).CopyTo(guest.Pages[GuestSample.RecordPfn + (ulong)record], GuestSample.RecordOffset);
        var observer = new RecordingObserver();
        using var target = ImageFile.Open(SaveStreamWriter.Write(guest, isPv: false, tscKilohertz: kilohertz));

        Assert.Empty(new VcpuQuery(target, observer).Run(DomainSelection.All));
        Assert.Equal(XenErrorId.NotSupportedByHost, Assert.Single(observer.Errors).Id);
        if (why is null) Assert.Empty(observer.Warnings);
        else Assert.Contains(why, Assert.Single(observer.Warnings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ATwoLevelGuestShowsWhatItOpenedAndWhatWaits(bool isSaved)
    {
        var guest = GuestSample.TwoLevel(SharedInfoLayout.X86_64);
        using var target = ImageFile.Open(isSaved ? SaveStreamWriter.Write(guest) : ImageFile.Dump(guest));
        var page = Assert.Single(new SharedInfoQuery(target, new RecordingObserver()).Run(DomainSelection.All));

        Assert.Equal([1u, 2, 3, 4], page.UnmaskedPort!);
        Assert.Equal([3u], page.PendingPort!);
        Assert.StartsWith("inferred: ", page.AbiEvidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void WhatFirmwareLeftWherePendingBitsAreIsNoEvent(bool isPv, bool isShown)
    {
        var guest = GuestSample.TwoLevel(SharedInfoLayout.X86_64);
        guest.SharedInfo[2304] = 4;
        using var target = ImageFile.Open(ImageFile.Dump(guest, isPv));

        Assert.Equal(
            isShown,
            new EventChannelQuery(target, new RecordingObserver()).Run(DomainSelection.All).Any(channel => channel.Port == 2050));
    }

    [Fact]
    public void AMaskOfARestoreWithoutAHoleIsNoEvidence()
    {
        var guest = GuestSample.TwoLevel(SharedInfoLayout.X86_64);
        guest.SharedInfo[SharedInfoLayout.X86_64.MaskOffset] = 0xff;
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        Assert.Equal(EventAbi.Unknown, Assert.Single(new DomainQuery(target, new RecordingObserver()).Run(DomainSelection.All)).EventAbi);
    }

    [Fact]
    public void ASmallKernelThatMasksOnlyTheLowerPortsDoesNotOpenTheOthers()
    {
        var guest = GuestSample.TwoLevel(SharedInfoLayout.X86_64);
        guest.SharedInfo.AsSpan(SharedInfoLayout.X86_64.MaskOffset + 128, 384).Clear();
        using var target = ImageFile.Open(ImageFile.Dump(guest));

        Assert.Equal(
            [1u, 2, 3, 4],
            Assert.Single(new SharedInfoQuery(target, new RecordingObserver()).Run(DomainSelection.All)).UnmaskedPort!);
    }

    [Fact]
    public void ACaptureOfADumpGivesTheResultsOfTheDump()
    {
        using var target = ImageFile.Open(ImageFile.Dump(GuestSample.Fifo(2)));
        using var output = new MemoryStream();
        new CaptureExport(target, new RecordingObserver()).Run(DomainSelection.All, output);
        using var capture = CaptureText.Open(output.ToArray());

        // Some errors name the file.
        var ofDump = Answers.Read(target)
            .Select(answer => answer.Replace(target.DisplayName, capture.DisplayName, StringComparison.Ordinal));
        Assert.Equal(ofDump, Answers.Read(capture));
    }

    [Fact]
    public void ADumpShowsItsP2mTableAndASavedGuestTheReasonWhyNot()
    {
        var observer = new RecordingObserver();
        using var saved = ImageFile.Open(SaveStreamWriter.Write(GuestSample.Fifo()));
        Assert.Empty(new P2mQuery(saved, observer).Run(DomainSelection.All));
        Assert.Contains("rewritten", Assert.Single(observer.Errors).Message, StringComparison.Ordinal);

        var guest = GuestSample.Fifo();
        var tree = MemoryMarshal.Cast<byte, ulong>(guest.Pages[0].AsSpan());
        tree[0] = CoreDumpWriter.MfnOf(1);
        MemoryMarshal.Cast<byte, ulong>(guest.Pages[1].AsSpan())[0] = CoreDumpWriter.MfnOf(2);
        MemoryMarshal.Cast<byte, ulong>(guest.Pages[2].AsSpan())[5] = 0x1234;
        (
            ArchInfoContent.Decode(guest.SharedInfo, SharedInfoLayout.X86_64) with
            {
                MaxPfn = 16,
                PfnToMfnFrameListList = CoreDumpWriter.MfnOf(0),
            }
        ).Encode(guest.SharedInfo, SharedInfoLayout.X86_64);
        using var dump = ImageFile.Open(ImageFile.Dump(guest));
        Assert.Equal((ulong?)0x1234, new P2mQuery(dump, observer).Run(DomainSelection.All).ElementAt(5).Mfn);
        Assert.Equal(GuestImage.NoDomId, dump.ReadDomains().Single().DomId);
    }
}
