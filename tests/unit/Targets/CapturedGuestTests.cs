using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets;

/// <summary>Tests the deductions about real guests in captures from the test bed. The names of the guests state their kind.</summary>
public sealed class CapturedGuestTests
{
    [Theory]
    [InlineData("bookworm-quick", "Domain-0", EventAbi.Fifo, 64)]
    [InlineData("bookworm-quick", "pv-fifo", EventAbi.Fifo, 64)]
    [InlineData("bookworm-quick", "pvh-fifo", EventAbi.Fifo, 64)]
    [InlineData("bookworm-quick", "grub64", EventAbi.TwoLevel, 64)]
    [InlineData("bookworm-quick", "pv-2l-vbd-vif", EventAbi.TwoLevel, 64)]
    [InlineData("bookworm-quick", "pv-2l-2vcpu", EventAbi.TwoLevel, 64)]
    [InlineData("bookworm-quick", "pvh-2l", EventAbi.TwoLevel, 64)]
    [InlineData("bookworm-quick-paused", "pv-2l-2vcpu", EventAbi.TwoLevel, 64)]
    [InlineData("bookworm-hvm-fifo-linux", "hvm-fifo", EventAbi.Fifo, 64)]
    [InlineData("bookworm-hvm-2l-linux", "hvm-2l", EventAbi.TwoLevel, 64)]
    public void AbiAndWidthAreThoseOfTheGuest(string capture, string name, EventAbi abi, int width)
    {
        var domain = Assert.Single(Domains(capture), domain => domain.Name == name);

        Assert.Equal((abi, width), (domain.EventAbi, domain.Width));
        Assert.NotEmpty(domain.AbiEvidence);
    }

    [Theory]
    [InlineData("bookworm-hvm-fifo-firmware")]
    [InlineData("bookworm-hvm-2l-firmware")]
    public void FirmwareHas32BitsAndNeverFifo(string capture)
    {
        var domain = Assert.Single(Domains(capture));

        Assert.Equal(32, domain.Width);
        Assert.NotEqual(EventAbi.Fifo, domain.EventAbi);
    }

    [Theory]
    [InlineData("bookworm-hvm-fifo-created")]
    [InlineData("bookworm-hvm-2l-created")]
    public void BeforeFirmwareRanThereIsNoPage(string capture)
    {
        using var target = Open(capture);
        var observer = new RecordingObserver();

        Assert.Empty(new SharedInfoQuery(target, observer).Run(DomainSelection.All));
        Assert.Equal(XenErrorId.SharedInfoNotMapped, Assert.Single(observer.Errors).Id);
        Assert.Null(Assert.Single(Domains(capture)).SharedInfoFrame);
    }

    [Fact]
    public void EveryCaptureOfTheTestBedIsReadWithoutAnUnboundPortPending()
    {
        var files = Directory.GetFiles(Folder, "*.xencap");

        Assert.True(files.Length >= 8, $"only {files.Length} captures");
        foreach (var file in files)
        {
            using var target = CaptureTarget.Open(file);
            var channels = new EventChannelQuery(target, new RecordingObserver())
            {
                Filter = new ChannelFilter { IncludeClosed = true },
            }.Run(DomainSelection.All);
            Assert.All(
                channels.Where(channel =>
                    channel.State == ChannelState.Closed || channel.EventAbi == EventAbi.Unknown || channel.Source is null),
                channel => Assert.Null(channel.Pending));
        }
    }

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "data");

    private static CaptureTarget Open(string capture) => CaptureTarget.Open(Path.Combine(Folder, $"{capture}.xencap"));

    private static XenDomain[] Domains(string capture)
    {
        using var target = Open(capture);
        return [.. new DomainQuery(target, new RecordingObserver()).Run(DomainSelection.All)];
    }
}
