using XenShared.Poking;
using XenShared.Targets;
using XenShared.Targets.Remote;
using XenShared.Tests.Poking;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>Checks that two programs are compatible if their wire protocol is the same, whatever their versions are.</summary>
[Collection("ssh")]
public sealed class WireProtocolTests(SshBed bed)
{
    private const string HereIsOld = "update this side";
    private const string FarIsOld = "update xenshared on";

    public static TheoryData<string, string, string> Misfits => new()
    {
        { "none", "", FarIsOld },
        { "older", """{"kind":"hello","wire":1,"version":"9.9.9"}""", FarIsOld },
        { "without-requests", """{"kind":"hello","wire":2,"version":"0.1.0"}""", FarIsOld },
        { "without-devices", """{"kind":"hello","wire":3,"version":"0.1.0"}""", FarIsOld },
        { "without-processor-states", """{"kind":"hello","wire":4,"version":"0.1.0"}""", FarIsOld },
        { "without-p2m-tables", """{"kind":"hello","wire":5,"version":"0.1.0"}""", FarIsOld },
        { "zero", """{"kind":"hello","wire":0}""", FarIsOld },
        { "negative", """{"kind":"hello","wire":-9223372036854775808}""", FarIsOld },
        { "missing", """{"kind":"hello","version":"0.1.0"}""", FarIsOld },
        { "null", """{"kind":"hello","wire":null}""", FarIsOld },
        { "text", """{"kind":"hello","wire":"6"}""", FarIsOld },
        { "fraction", """{"kind":"hello","wire":6.5}""", FarIsOld },
        { "huge", """{"kind":"hello","wire":1e99}""", FarIsOld },
        { "newer", """{"kind":"hello","wire":7,"version":"0.1.0"}""", HereIsOld },
        { "absurd", """{"kind":"hello","wire":9223372036854775807,"version":"x y\u001b[31m"}""", HereIsOld },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void AnotherProtocolIsRejectedAndTheErrorNamesTheSideToUpdate(string name, string hello, string advice)
    {
        var destination = bed.StandIn($"wire-{name}", $"echo '{hello}' >&2; cat $BED/good.xencap");

        AssertMisfit(Assert.Throws<XenException>(() => Watchdog.Ends(() => RemoteTarget.Open(destination))), name, advice);
    }

    [Theory]
    [MemberData(nameof(Misfits))]
    public void NothingIsWrittenByOneThatDoesNotFit(string name, string hello, string advice)
    {
        // The program there was replaced after the connection was made.
        // A program without a hello begins with the request.
        if (hello.Length == 0)
            hello = """{"kind":"proposal","domId":1,"changes":["x"]}""";
        var destination = bed.StandIn(
            $"wire-{name}",
            $"case $1 in *capture*) hello >&2; exec cat $BED/good.xencap ;; esac\necho '{hello}'; read -r answer; touch $BED/written-{name}"
        );
        using var far = RemoteTarget.Open(destination);

        AssertMisfit(
            Assert.Throws<XenException>(() => Watchdog.Ends(() => new PokeRunner(far, new RecordingPokes()).SetPort(1, 2, true))),
            name,
            advice);
        Assert.False(File.Exists(bed[$"written-{name}"]) && new FileInfo(bed[$"written-{name}"]).Length > 0);
    }

    [Theory]
    [InlineData("XenShared 0.0.1")]
    [InlineData("XenShared 7.0.0")]
    [InlineData("something else")]
    public void TheVersionOfOneThatFitsDoesNotMatter(string writer)
    {
        var destination = bed.StandIn("wire-version", $"hello >&2; sed '1s/XenShared [0-9.]*/{writer}/' $BED/good.xencap");

        using var target = RemoteTarget.Open(destination);

        Assert.NotEmpty(target.ReadDomains());
    }

    [Fact]
    public void MessagesOfANewerProgramAreNotChecked()
    {
        var destination = bed.StandIn("wire-other", """echo '{"kind":"hello","wire":7}' >&2; echo 'who knows'""");

        AssertMisfit(Assert.Throws<XenException>(() => RemoteTarget.Open(destination)), "other", HereIsOld);
    }

    [Theory]
    [InlineData(WireProtocol.Oldest - 1, false)]
    [InlineData(WireProtocol.Current + 1, true)]
    public void AnOlderProgramIsNotPutInThePlaceOfANewerOne(long wire, bool isNewer)
    {
        var error = WireProtocol.Check("far", new WireMessage { Kind = WireMessage.Hello, Wire = wire });

        Assert.Equal(isNewer, WireProtocol.IsOfNewerPeer(error!));
    }

    [Fact]
    public void ThisProgramFitsItself() => Assert.Null(WireProtocol.Check("far", WireProtocol.CreateHello()));

    private static void AssertMisfit(XenException error, string name, string advice)
    {
        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
        Assert.StartsWith($"The xenshared of standin-wire-{name} does not match", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Advice, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Messages.AssertSentence(error.Message);
    }
}
