using System.Text;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Checks that <c>xenshared capture</c> creates a complete file or none.</summary>
public sealed class CaptureCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public CaptureCommandTests() => _source = _folder.RealCapture();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ToAFile()
    {
        var run = CliProgram.Run("capture", _folder["new.xencap"], "--target", _source);

        Assert.Equal((0, "", ""), (run.Status, run.Output, run.Error));
        Assert.Equal([0x1f, 0x8b], File.ReadAllBytes(_folder["new.xencap"])[..2]);
        Assert.Equal(["new.xencap", "real.xencap"], _folder.FileNames);
        using var before = CaptureTarget.Open(_source);
        using var after = CaptureTarget.Open(_folder["new.xencap"]);
        // Some errors name the file.
        Assert.Equal(Answers.Read(before), Answers.Read(after).Select(answer => answer.Replace("new.xencap", "real.xencap")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ToStandardOutput(bool plain)
    {
        var run = CliProgram.Run(["capture", "-", "--target", _source, .. plain ? (string[])["--plain"] : []]);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Equal(plain ? "{\"xencap\":1,"u8.ToArray() : [0x1f, 0x8b], run.OutputBytes[..(plain ? 12 : 2)]);
        using var target = CaptureText.Open(run.OutputBytes);
        Assert.Equal(7, target.ReadDomains().Count());
    }

    [Fact]
    public void OnlySomeDomains()
    {
        Assert.Equal(0, CliProgram.Run("capture", _folder["some.xencap"], "--name", "pv*", "--target", _source).Status);

        using var target = CaptureTarget.Open(_folder["some.xencap"]);
        Assert.Equal([1, 2, 4, 5, 6], target.ReadDomains().Select(domain => (int)domain.DomId));
    }

    [Theory]
    [InlineData("--domid", "3")]
    [InlineData("--name", "grub64")]
    public void TheFileMayComeAfterTheOptions(string option, string value)
    {
        var run = CliProgram.Run("capture", "--target", _source, option, value, _folder["one.xencap"]);

        Assert.Equal((0, ""), (run.Status, run.Error));
        using var target = CaptureTarget.Open(_folder["one.xencap"]);
        Assert.Equal(3, Assert.Single(target.ReadDomains()).DomId);
    }

    [Fact]
    public void AFileThatExistsIsKeptUnlessForced()
    {
        _folder.Write("old.xencap", "old"u8.ToArray());

        var refused = CliProgram.Run("capture", _folder["old.xencap"], "--target", _source);

        Assert.Equal((5, ""), (refused.Status, refused.Output));
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(_folder["old.xencap"]));

        Assert.Equal(0, CliProgram.Run("capture", _folder["old.xencap"], "--force", "--target", _source).Status);
        using var target = CaptureTarget.Open(_folder["old.xencap"]);
        Assert.Equal(7, target.ReadDomains().Count());
        Assert.Equal(["old.xencap", "real.xencap"], _folder.FileNames);
    }

    [Fact]
    public void ATargetThatFailsLeavesNoFileAndKeepsAnOldOne()
    {
        var damaged = _folder.Write("damaged.xencap", Encoding.UTF8.GetBytes(CaptureText.Header + "\nnonsense\n"));
        _folder.Write("old.xencap", "old"u8.ToArray());

        Assert.Equal(5, CliProgram.Run("capture", _folder["new.xencap"], "--target", damaged).Status);
        Assert.Equal(5, CliProgram.Run("capture", _folder["old.xencap"], "--force", "--target", damaged).Status);

        Assert.Equal(["damaged.xencap", "old.xencap", "real.xencap"], _folder.FileNames);
        Assert.Equal("old", File.ReadAllText(_folder["old.xencap"]));
    }

    [Fact]
    public void ATargetThatFailsInTheMiddleLeavesNoPartOfAFile()
    {
        // The first domain is written; at the second the whole target turns out to be gone.
        var failing = _folder.Write("failing.xencap", Encoding.UTF8.GetBytes(CaptureText.Complete(
            CaptureText.Domain(1), CaptureText.Sample(1, more: ",\"vcpus\":[],\"unstable\":[]"), CaptureText.Ports("", domId: 1),
            CaptureText.Domain(2), """{"kind":"error","domid":2,"part":"page","id":"XenNotAvailable","message":"Gone; look."}""")));
        _folder.Write("old.xencap", "old"u8.ToArray());

        Assert.Equal(3, CliProgram.Run("capture", _folder["new.xencap"], "--target", failing).Status);
        Assert.Equal(3, CliProgram.Run("capture", _folder["old.xencap"], "--force", "--target", failing).Status);

        Assert.Equal(["failing.xencap", "old.xencap", "real.xencap"], _folder.FileNames);
        Assert.Equal("old", File.ReadAllText(_folder["old.xencap"]));
    }

    [Fact]
    public void AFolderThatDoesNotExistIsAnError()
    {
        var run = CliProgram.Run("capture", Path.Combine(_folder["none"], "new.xencap"), "--target", _source);

        Assert.Equal((5, ""), (run.Status, run.Output));
        Assert.StartsWith("xenshared: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(["real.xencap"], _folder.FileNames);
    }

    [Fact]
    public void WhereNoDomainMatchedThereIsNothingToWriteAFileFor()
    {
        Assert.Equal(1, CliProgram.Run("capture", _folder["none.xencap"], "--domid", "99", "--target", _source).Status);

        Assert.Equal(["real.xencap"], _folder.FileNames);
    }
}
