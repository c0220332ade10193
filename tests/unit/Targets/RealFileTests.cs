using XenShared.Files.Images;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets;

/// <summary>
/// Compares core dumps, saved guests and console logs that the real tools made of real guests with captures of the same guests at the same
/// moment (<c>tests/data/README.md</c>).
/// </summary>
public sealed class RealFileTests
{
    public static TheoryData<string, string> Images => new()
    {
        { "pv-fifo", "core" }, { "pvh-fifo", "core" }, { "pv-2l-2vcpu", "core" },
        { "pv-fifo", "save" }, { "pvh-fifo", "save" }, { "pv-2l-2vcpu", "save" },
    };

    // The toolstack leaves the page out of what it saves of PVH guests.
    public static TheoryData<string, string> ImagesWithPage => new(Images.Where(image => image.Data is not ("pvh-fifo", "save")));

    [Theory, MemberData(nameof(ImagesWithPage))]
    public void ThePageIsTheSameByteForByte(string guest, string kind)
    {
        var (file, capture) = Ask(guest, kind, (target, observer) => new SharedInfoQuery(target, observer).Run(DomainSelection.All));

        Assert.Equal(capture.Bytes, file.Bytes);
        Assert.Equal((capture.Layout, capture.WallClock, capture.Arch), (file.Layout, file.WallClock, file.Arch));
        Assert.Equal(capture.PendingPort, file.PendingPort);
        Assert.Equal(capture.UnmaskedPort, file.UnmaskedPort);
        // A PV guest's frame is in its start info page, which a core dump does not lead to.
        Assert.Equal(guest.StartsWith("pv-", StringComparison.Ordinal) && kind == "core" ? null : capture.Frame, file.Frame);
        Assert.Null(file.TakenAt);
    }

    [Theory, MemberData(nameof(Images))]
    public void VcpuRecordsAreFoundWhereTheyWereAndHoldTheSame(string guest, string kind)
    {
        using var target = Open($"bookworm-{guest}.{kind}");
        using var host = Open($"bookworm-{guest}-at-{kind}.xencap");
        var found = Vcpus(target);
        var expected = Vcpus(host);

        Assert.Equal(guest.EndsWith("2vcpu", StringComparison.Ordinal) ? 2 : 1, found.Length);
        Assert.Equal(expected.Select(Content), found.Select(Content));
        Assert.All(found, vcpu => Assert.Equal((StateSource.GuestMemory, null, null), (vcpu.Source, vcpu.IsLive, vcpu.TakenAt)));
        Assert.All(found, vcpu => Assert.StartsWith("inferred: ", vcpu.LiveEvidence, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Images))]
    public void ChannelsThatAreOpenOrPendingAreTheSame(string guest, string kind)
    {
        using var target = Open($"bookworm-{guest}.{kind}");
        using var host = Open($"bookworm-{guest}-at-{kind}.xencap");
        var found = Channels(target);
        var expected = Channels(host).Where(channel => channel.Pending == true || channel.Masked == false);

        Assert.NotEmpty(found);
        Assert.Equal(expected.Select(State), found.Select(State));
        Assert.All(found, channel => Assert.Equal((null, null), (channel.State, channel.IsLive)));
        Assert.All(found, channel => Assert.NotNull(channel.StateNote));
        Assert.All(found, channel =>
            Assert.Equal(guest.Contains("-2l-", StringComparison.Ordinal) ? EventAbi.TwoLevel : EventAbi.Fifo, channel.EventAbi));
    }

    [Theory, MemberData(nameof(Images))]
    public void TheLogShowsWhatTheCaptureDoes(string guest, string kind)
    {
        using var log = Open($"bookworm-{guest}-at-{kind}.dmesg.txt");
        using var host = Open($"bookworm-{guest}-at-{kind}.xencap");
        var expected = Channels(host);
        var found = Channels(log, expected[0].DomId);

        Assert.Equal(TargetKind.ConsoleLog, log.Kind);
        Assert.Equal(expected.Select(Binding), found.Select(Binding));
        Assert.All(found, channel => Assert.Equal(StateSource.Hypervisor, channel.Source));
        Assert.All(found, channel => Assert.Equal(expected[0].EventAbi, channel.EventAbi));
    }

    [Theory]
    [InlineData("pv-fifo", DomainType.PV)]
    [InlineData("pvh-fifo", DomainType.PVH)]
    [InlineData("pv-2l-2vcpu", DomainType.PV)]
    public void ASavedGuestHasTheNameThatItHad(string guest, DomainType type)
    {
        using var saved = Open($"bookworm-{guest}.save");
        using var host = Open($"bookworm-{guest}-at-save.xencap");
        var (found, expected) = (Assert.Single(Domains(saved)), Assert.Single(Domains(host)));

        Assert.Equal((guest, expected.Uuid, type, expected.VcpuCount), (found.Name, found.Uuid, found.Type, found.VcpuCount));
        Assert.Equal((GuestImage.NoDomId, null, null), (found.DomId, found.State, found.CpuTime));
    }

    private static (XenSharedInfo File, XenSharedInfo Capture) Ask(
        string guest,
        string kind,
        Func<IXenDataSource, RecordingObserver, IEnumerable<XenSharedInfo>> query)
    {
        using var target = Open($"bookworm-{guest}.{kind}");
        using var host = Open($"bookworm-{guest}-at-{kind}.xencap");
        var observer = new RecordingObserver();
        var answers = (Assert.Single(query(target, observer)), Assert.Single(query(host, observer)));
        Assert.Empty(observer.Errors);
        return answers;
    }

    private static IXenDataSource Open(string file) => TargetFile.Open(Path.Combine(AppContext.BaseDirectory, "data", file));

    private static XenDomain[] Domains(IXenDataSource target) =>
        [.. new DomainQuery(target, new RecordingObserver()).Run(DomainSelection.All)];

    private static XenVcpuInfo[] Vcpus(IXenDataSource target) =>
        [.. new VcpuQuery(target, new RecordingObserver()).Run(DomainSelection.All)];

    private static XenEventChannel[] Channels(IXenDataSource target, ushort? domId = null) =>
        [.. new EventChannelQuery(target, new RecordingObserver()).Run(new DomainSelection { DomIds = domId is { } only ? [only] : [] })];

    private static object Content(XenVcpuInfo vcpu) =>
        (vcpu.Vcpu, vcpu.UpcallPending, vcpu.UpcallMask, vcpu.PendingSelector, vcpu.Cr2, vcpu.Time, vcpu.Location);

    private static object State(XenEventChannel channel) =>
        (channel.Port, channel.Pending, channel.Masked, channel.Linked, channel.Busy, channel.Source);

    private static object Binding(XenEventChannel channel) =>
        (
            channel.Port,
            channel.State,
            channel.Vcpu,
            channel.Pending,
            channel.Masked,
            channel.RemoteDomId,
            channel.RemotePort,
            channel.Virq,
            channel.Pirq);
}
