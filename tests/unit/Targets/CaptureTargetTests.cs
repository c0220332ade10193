using XenShared.Hypervisor;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets;

/// <summary>Tests a capture as a data source.</summary>
public sealed class CaptureTargetTests
{
    [Fact]
    public void ItStatesItsKind()
    {
        using var target = CaptureText.Open(CaptureText.RealText());

        Assert.Equal(("test.xencap", TargetKind.Capture), (target.DisplayName, target.Kind));
        Assert.Equal(("dom0", "4.17.7"), (target.Host.HostName, target.Host.Version?.ToString()));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], target.ReadDomains().Select(domain => (int)domain.DomId));
        Assert.Equal("grub64", target.ReadName(3));
        Assert.Null(target.ReadName(99));
        Assert.NotNull(target.ReadHostClock());
    }

    [Fact]
    public void OneSampleIsTheLatest()
    {
        using var target = CaptureText.Open(CaptureText.RealText());

        var (latest, sample) = (target.ReadSamples(1)[^1], target.ReadSample(1));
        Assert.Equal((latest.TakenAt, latest.Frame), (sample.TakenAt, sample.Frame));
        Assert.True(latest.Page.Span.SequenceEqual(sample.Page.Span));
        Assert.True(target.ReadSamples(1).Count > 1);
    }

    [Fact]
    public void PagesThatAQueryUsesDoNotStayInMemory()
    {
        using var target = CaptureText.Open(CaptureText.RealText());
        foreach (var read in (Func<DomainSample>[])[() => target.ReadSample(1), () => target.ReadSamples(1)[0]])
        {
            // The same sample unpacks its page once. The next query gets a sample of its own.
            var sample = read();
            Assert.Equal(sample.Page, sample.Page);
            Assert.NotEqual(sample.Page, read().Page);
            Assert.True(sample.Page.Span.SequenceEqual(read().Page.Span));
        }
    }

    [Fact]
    public void ADomainThatItDoesNotHoldIsNotFound()
    {
        using var target = CaptureText.Open(CaptureText.RealText());
        foreach (var ask in (Action[])
                [() => target.ReadDomain(99), () => target.ReadSample(99), () => target.ReadPorts(99), () => target.ReadDeviceNodes(99)])
        {
            var error = Assert.Throws<XenException>(ask);
            Assert.Equal((XenErrorId.DomainNotFound, (ushort?)99), (error.Id, error.DomId));
            Messages.AssertSentence(error.Message, 99);
        }
    }

    [Fact]
    public void RecordedErrorsComeAgain()
    {
        using var target = CaptureText.Open(
            System.Text.Encoding.UTF8.GetBytes(
                CaptureText.Complete(
                    CaptureText.Domain(),
                    """{"kind":"error","domid":5"""
                        + ""","part":"page","id":"SharedInfoNotMapped","message":"No page; wait.","""
                    + """ "operation":"xenforeignmemory_map","errno":22,"hint":"Wait."}""",
                    """{"kind":"error","domid":5,"part":"ports","id":"XenAccessDenied","message":"No ports; ask."}""")));

        var page = Assert.Throws<XenException>(() => target.ReadSample(5));
        var ports = Assert.Throws<XenException>(() => target.ReadPorts(5));

        Assert.Equal(
            (XenErrorId.SharedInfoNotMapped, "No page; wait.", "xenforeignmemory_map", 22, "Wait.", (ushort?)5),
            (page.Id, page.Message, page.Operation, page.Errno, page.Advice, page.DomId));
        Assert.Equal((XenErrorId.XenAccessDenied, (ushort?)5), (ports.Id, ports.DomId));
    }

    [Fact]
    public void MissingPartsAreReported()
    {
        using var target = CaptureText.Open(System.Text.Encoding.UTF8.GetBytes(CaptureText.Complete(CaptureText.Domain())));
        foreach (var ask in (Action[])[() => target.ReadSample(5), () => target.ReadPorts(5)])
        {
            var error = Assert.Throws<XenException>(ask);
            Assert.Equal((XenErrorId.NotSupportedByHost, (ushort?)5), (error.Id, error.DomId));
            Messages.AssertSentence(error.Message, 5);
        }
        Assert.Empty(target.ReadDeviceNodes(5));
    }

    [Fact]
    public void AFileThatIsMissingIsTheSystemsError() =>
        Assert.Throws<FileNotFoundException>(() => CaptureTarget.Open(Path.Combine(AppContext.BaseDirectory, "no-such.xencap")));

    [Fact]
    public void AFileIsNamedWithoutItsFolder() =>
        Assert.Contains(
            "'lsevtchn.txt'",
            Assert
                .Throws<XenException>(() => CaptureTarget.Open(Path.Combine(AppContext.BaseDirectory, "Pages", "pv-2l", "lsevtchn.txt")))
                .Message,
            StringComparison.Ordinal);
}
