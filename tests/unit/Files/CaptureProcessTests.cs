using XenShared.Hypervisor;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Tests the reasons of shutdowns and the processes that can hold a dying domain in captures (minor version 7).</summary>
public sealed class CaptureProcessTests
{
    [Fact]
    public void EveryPropertyIsRead()
    {
        using var capture = Open(Holders("""{"pid":731,"name":"xenstored"},{"pid":9}""", ""","cutOff":true"""));

        var table = capture.ReadMappingProcesses(5)!;

        Assert.False(table.IsComplete);
        Assert.Equal([new MappingProcess(731, "xenstored"), new MappingProcess(9, null)], table.Processes);
    }

    [Fact]
    public void NoProcessIsNotTheSameAsUnknownOnes()
    {
        using var none = Open(Holders(""));
        using var unknown = Open();
        using var failed = Open(
            """{"kind":"error","domid":5,"part":"holders","id":"NotSupportedByHost","message":"No /proc.","hint":"mount it"}""");

        Assert.Empty(none.ReadMappingProcesses(5)!.Processes);
        Assert.Null(unknown.ReadMappingProcesses(5));
        Assert.Equal(XenErrorId.NotSupportedByHost, Assert.Throws<XenException>(() => failed.ReadMappingProcesses(5)).Id);
    }

    [Theory]
    [InlineData("""{"pid":0}""")]
    [InlineData("""{"pid":-1}""")]
    [InlineData("""{"pid":2147483648}""")]
    [InlineData("""{"pid":"1"}""")]
    [InlineData("""{"name":"a"}""")]
    [InlineData("""{"pid":1,"name":"12345678901234567890123456789012345678901234567890123456789012345"}""")]
    [InlineData("null")]
    public void AProcessThatCannotBe(string process) => AssertDamaged(Holders(process));

    [Fact]
    public void LinesThatCannotBe()
    {
        AssertDamaged(Holders(""), Holders(""));
        AssertDamaged("""{"kind":"holders","domid":5}""");
        AssertDamaged("""{"kind":"holders","domid":5,"processes":null}""");
        AssertDamaged("""{"kind":"holders","domid":6,"processes":[]}""");
        var full = string.Join(',', Enumerable.Repeat("""{"pid":1}""", MappingProcessTable.MaximumProcesses));
        using var capture = Open(Holders(full));
        Assert.Equal(MappingProcessTable.MaximumProcesses, capture.ReadMappingProcesses(5)!.Processes.Count);
        AssertDamaged(Holders(full + """,{"pid":1}"""));
    }

    [Theory]
    [InlineData("\"Watchdog\"", ShutdownReason.Watchdog)]
    [InlineData("null", null)]
    public void AReasonIsRead(string value, ShutdownReason? reason)
    {
        using var capture = CaptureText.Open(System.Text.Encoding.UTF8.GetBytes(CaptureText.Complete(WithReason(value))));

        Assert.Equal(reason, capture.ReadDomain(5).ShutdownReason);
    }

    [Theory]
    [InlineData("\"Boredom\"")]
    [InlineData("6")]
    [InlineData("-1")]
    [InlineData("\"99\"")]
    public void AReasonThatIsNone(string value) => CaptureText.AssertDamaged(CaptureText.Complete(WithReason(value)));

    private static string WithReason(string value) =>
        CaptureText.Domain().Replace("\"pvWidth\"", $"\"shutdownReason\":{value},\"pvWidth\"", StringComparison.Ordinal);

    private static string Holders(string processes, string more = "") =>
        $$"""{"kind":"holders","domid":5,"processes":[{{processes}}]{{more}}}""";

    private static CaptureTarget Open(params string[] lines) =>
        CaptureText.Open(System.Text.Encoding.UTF8.GetBytes(CaptureText.Complete([CaptureText.Domain(), .. lines])));

    private static void AssertDamaged(params string[] lines) =>
        CaptureText.AssertDamaged(CaptureText.Complete([CaptureText.Domain(), .. lines]));
}
