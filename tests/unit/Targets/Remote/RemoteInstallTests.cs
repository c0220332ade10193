using XenShared.Targets.Remote;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>
/// Tests copying the executable to a host: it is complete, it is for the host's processor, and the old one stays until then.
/// </summary>
[Collection("ssh")]
public sealed class RemoteInstallTests(SshBed bed)
{
    // Runs the remote shell's command line on this machine.
    private const string Shell = "exec sh -c \"$1\"";

    [Fact]
    public void ItIsThereAsAWhole()
    {
        using var folder = new TemporaryFolder();
        var executable = Executable(folder, machine: 62);
        folder.Write("xenshared", [1, 2, 3]);

        new Installation(folder, executable).Run(bed.StandIn("install", Shell));

        Assert.Equal(File.ReadAllBytes(executable), File.ReadAllBytes(folder["xenshared"]));
        Assert.Equal(["new", "xenshared"], folder.FileNames);
        if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(folder["xenshared"]).HasFlag(UnixFileMode.OtherExecute));
    }

    [Theory]
    [InlineData("short", "case $1 in *uname*) exec sh -c \"$1\" ;; *) head -c 1000 | sh -c \"$1\" ;; esac", "the copy is incomplete")]
    [InlineData(
        "readonly",
        "case $1 in *uname*) exec sh -c \"$1\" ;; *) echo 'Permission denied' >&2; exit 1 ;; esac",
        "Permission denied"
    )]
    [InlineData("arm", "echo Linux aarch64", "Linux aarch64")]
    public void TheOldOneStaysWhenItFails(string name, string script, string words)
    {
        using var folder = new TemporaryFolder();
        var executable = Executable(folder, machine: 62);
        folder.Write("xenshared", [1, 2, 3]);

        var error = Assert.Throws<XenException>(() => new Installation(folder, executable).Run(bed.StandIn($"install-{name}", script)));

        Assert.Equal(XenErrorId.RemoteNotInstalled, error.Id);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(folder["xenshared"]));
        Assert.Equal(["new", "xenshared"], folder.FileNames);
    }

    [Fact]
    public void WhatIsNoExecutableIsRefused()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(
            XenErrorId.FileNotRecognised,
            Assert.Throws<XenException>(() => RemoteInstall.Read(folder.Write("text", [.. "#!/bin/sh\n"u8]))).Id);
        Assert.Equal(
            XenErrorId.FileNotRecognised,
            Assert.Throws<XenException>(() => RemoteInstall.Read(Executable(folder, machine: 8))).Id);
    }

    [Fact]
    public void AnExecutableThatIsAPipeIsNotWaitedFor()
    {
        Assert.SkipWhen(Tool.Find("mkfifo") is null, "mkfifo is not installed");
        using var folder = new TemporaryFolder();
        Tool.Run("mkfifo", "", folder["pipe"]);

        Watchdog.Ends(() => Assert.Throws<IOException>(() => RemoteInstall.Read(folder["pipe"])));
    }

    [Fact]
    public void AnExecutableThatIsTooLargeIsNotRead()
    {
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder["large"])) file.SetLength(1L << 40);

        Assert.Throws<IOException>(() => RemoteInstall.Read(folder["large"]));
    }

    private static string Executable(TemporaryFolder folder, byte machine)
    {
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        "\u007fELF\u0002\u0001"u8.CopyTo(bytes);
        (bytes[18], bytes[19]) = (machine, 0);
        return folder.Write("new", bytes);
    }

    private sealed class Installation(TemporaryFolder folder, string executable)
    {
        public void Run(SshDestination destination) => Watchdog.Ends(() => RemoteInstall.Read(executable, folder.Root).Run(destination));
    }
}
