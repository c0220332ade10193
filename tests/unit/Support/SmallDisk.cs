namespace XenShared.Tests.Support;

/// <summary>Mounts a file system in memory at a folder, with options such as its size, until the test ends.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    public SmallDisk(string folder, string options)
    {
        _folder = folder;
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root mounts file systems");
        Directory.CreateDirectory(folder);
        var mounted = Tool.Run("/usr/bin/mount", "", "-t", "tmpfs", "-o", options, "tmpfs", folder);
        Assert.SkipWhen(mounted.Status != 0, $"no file system can be mounted here: {mounted.Said}");
    }

    public void Dispose() => Assert.Equal(0, Tool.Run("/usr/bin/umount", "", _folder).Status);
}
