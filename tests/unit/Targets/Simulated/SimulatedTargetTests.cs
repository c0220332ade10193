using XenShared.Fuzz.Samples;
using XenShared.Guests;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Simulated;

/// <summary>Tests the simulated host: it looks like a real one, its guests run, and its seed determines everything.</summary>
public sealed class SimulatedTargetTests
{
    public static TheoryData<SimulatedKind, EventAbi, int?> Deductions => new()
    {
        { SimulatedKind.PvTwoLevel, EventAbi.TwoLevel, 64 },
        { SimulatedKind.PvFifo, EventAbi.Fifo, 64 },
        { SimulatedKind.MiniOsIdle, EventAbi.TwoLevel, 64 },
        { SimulatedKind.MiniOsBusy, EventAbi.TwoLevel, 64 },
        { SimulatedKind.PvhTwoLevel, EventAbi.TwoLevel, 64 },
        { SimulatedKind.PvhFifo, EventAbi.Fifo, 64 },
        { SimulatedKind.Grub, EventAbi.TwoLevel, 64 },
        { SimulatedKind.Pv32TwoLevel, EventAbi.TwoLevel, 32 },
        { SimulatedKind.HvmTwoLevel, EventAbi.TwoLevel, 64 },
        { SimulatedKind.HvmFifo, EventAbi.Fifo, 64 },
        { SimulatedKind.HvmFirmware, EventAbi.TwoLevel, 32 },
        { SimulatedKind.HvmCreated, EventAbi.Unknown, null },
        { SimulatedKind.PvRestored, EventAbi.Unknown, 64 },
        { SimulatedKind.PvStuck, EventAbi.TwoLevel, 64 },
        { SimulatedKind.PvLost, EventAbi.TwoLevel, 64 },
        { SimulatedKind.ControlDomain, EventAbi.Fifo, 64 },
    };

    [Fact]
    public void ListingChannelsReadsThePageOnce()
    {
        using var target = new SimulatedTarget(3, seed: 4);
        var before = target.GetTime(1);

        Assert.NotEmpty(new EventChannelQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [1] }));

        Assert.Equal(TimeSpan.FromMilliseconds(10), target.GetTime(1) - before);
    }

    [Fact]
    public void BatchesOfChannelsAreTheChannelsAndEachIsOfOneDomain()
    {
        using var target = new SimulatedTarget(40, seed: 4);
        using var same = new SimulatedTarget(40, seed: 4);

        var batches = new EventChannelQuery(target, new RecordingObserver()).RunInBatches(DomainSelection.All).ToArray();

        Assert.Equal(new EventChannelQuery(same, new RecordingObserver()).Run(DomainSelection.All), batches.SelectMany(batch => batch));
        Assert.All(batches, batch => Assert.Single(batch.Select(channel => channel.DomId).Distinct()));
        Assert.True(batches.Count(batch => batch[0].DomId == 0) > 1, "The control domain has too few ports for several batches.");
    }

    [Theory]
    [MemberData(nameof(Deductions))]
    public void EveryKindIsDeducedAsOnARealHost(SimulatedKind kind, EventAbi abi, int? width)
    {
        using var target = new SimulatedTarget(15, seed: 4);
        var domId = DomainOf(target, kind);

        var domain = Assert.Single(new DomainQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [domId] }));

        Assert.Equal((abi, width), (domain.EventAbi, domain.Width));
    }

    [Theory]
    [InlineData(SimulatedKind.MiniOsIdle, true)]
    [InlineData(SimulatedKind.MiniOsBusy, true)]
    [InlineData(SimulatedKind.Grub, true)]
    [InlineData(SimulatedKind.PvTwoLevel, false)]
    [InlineData(SimulatedKind.PvhFifo, false)]
    [InlineData(SimulatedKind.HvmFifo, false)]
    public void RecordsAreLiveInThePageOrInTheGuestsMemory(SimulatedKind kind, bool isInPage)
    {
        using var target = new SimulatedTarget(15);

        var vcpus = new VcpuQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = [DomainOf(target, kind)] }).ToArray();

        Assert.NotEmpty(vcpus);
        Assert.All(vcpus, vcpu =>
            Assert.Equal((true, isInPage ? StateSource.SharedPage : StateSource.GuestMemory), (vcpu.IsLive!.Value, vcpu.Source!.Value)));
    }

    [Fact]
    public void LeftAloneEveryGuestFaresWellExceptThoseThatAreIllFromTheStart()
    {
        using var target = new SimulatedTarget(45, seed: 7);
        for (ushort domId = 0; domId <= 45; domId++)
        {
            target.Advance(domId, TimeSpan.FromMinutes(10));
            var isIll = target.ReadKind(domId) is SimulatedKind.PvStuck or SimulatedKind.PvLost;
            var health = target.ReadHealth(domId);

            Assert.True(health.IsWell != isIll, $"{target.ReadName(domId)}: {health}");
        }
    }

    [Fact]
    public void TrafficFlowsAndTimeMoves()
    {
        using var target = new SimulatedTarget(15);
        foreach (var kind in (SimulatedKind[])
                [
                    SimulatedKind.PvTwoLevel,
                    SimulatedKind.PvFifo,
                    SimulatedKind.PvhTwoLevel,
                    SimulatedKind.Pv32TwoLevel,
                    SimulatedKind.MiniOsBusy,
                ])
        {
            var guest = target.Guest(DomainOf(target, kind));
            var busy = guest.Plan.Ports.Where(port => port is { Period: > 0, IsPolled: false }).Select(port => port.Reading.Port).ToArray();

            guest.Advance(1000);

            Assert.All(busy, port => Assert.True(guest.Handled(port) > 0, $"{kind} port {port}"));
        }
    }

    [Fact]
    public void TheSameSeedGivesTheSameHostAndAnotherOneAnother()
    {
        var first = Pages(new SimulatedTarget(20, seed: 11));

        Assert.Equal(first, Pages(new SimulatedTarget(20, seed: 11)));
        Assert.NotEqual(first, Pages(new SimulatedTarget(20, seed: 12)));
    }

    [Fact]
    public void ThousandsOfDomainsAreListed()
    {
        using var target = new SimulatedTarget(3000);

        var domains = new DomainQuery(target, new RecordingObserver()).Run(DomainSelection.All).ToArray();

        Assert.Equal(3001, domains.Length);
        Assert.Equal(3001, domains.Select(domain => domain.Uuid).Distinct().Count());
    }

    [Theory]
    [InlineData(SimulatedKind.PvFifo)]
    [InlineData(SimulatedKind.PvhFifo)]
    [InlineData(SimulatedKind.HvmFifo)]
    public void AFifoGuestsArrayAndRecordsAreFoundInItsMemory(SimulatedKind kind)
    {
        using var target = new SimulatedTarget(15);
        var guest = target.Guest(DomainOf(target, kind));
        var inspection = new GuestInspector(target).Inspect([guest.Reading()], TimeSpan.Zero, default).Single();
        var content = SharedInfoContent.Decode(inspection.Latest!.Page.Span, SharedInfoLayout.X86_64);
        IFrameList? frames = guest.Plan.Type == DomainType.PV
            ? P2mTable.Open(target, guest.Plan.DomId, inspection.Domain.TotalPages, content.Arch!.Value)
            : new TranslatedFrames(target, guest.Plan.DomId);
        var array = new EventArrayPattern(inspection.Ports!);

        var scan = GuestMemoryScanner.Run(
            target,
            guest.Plan.DomId,
            frames!,
            array,
            VcpuInfoPattern.FromSlots(content.Slots.Select(slot => slot.Time)),
            new ControlBlockPattern(inspection.Ports!),
            null,
            default);

        Assert.Equal(guest.Vcpus.Select(guest.ControlFrame), scan.ControlBlocks.Select(block => block.Frame));

        var page = Assert.Single(scan.Pages);
        Assert.Equal(guest.ArrayFrame, page.Frame);
        target.VisitFrames(guest.Plan.DomId, [page.Frame], (_, bytes) => Assert.True(array.Fits(bytes, 0)));
        Assert.All(guest.Vcpus, vcpu =>
            Assert.Contains(scan.Records, record => record.Frame == vcpu.RecordFrame && record.Offset == vcpu.RecordOffset));
    }

    [Fact]
    public void DomainsThatAreNotThereAreErrors()
    {
        using var target = new SimulatedTarget(2);

        var error = Assert.Throws<XenException>(() => target.ReadDomain(3));

        Assert.Equal(XenErrorId.DomainNotFound, error.Id);
        Messages.AssertSentence(error.Message, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatedTarget(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatedTarget(SimulatedTarget.MaximumDomainCount + 1));
    }

    internal static ushort DomainOf(SimulatedTarget target, SimulatedKind kind) =>
        kind == SimulatedKind.ControlDomain ? (ushort)0 : (ushort)((int)kind + 1);

    private static string[] Pages(SimulatedTarget target)
    {
        using (target)
        {
            return
            [
                .. target
                    .ReadDomains()
                    .Where(domain => domain.SharedInfoFrame is not null)
                    .SelectMany(domain =>
                        target.ReadSamples(domain).Select(sample => Convert.ToHexString(sample.Page.Span) + domain + sample.TakenAt)),
            ];
        }
    }
}
