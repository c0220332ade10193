using XenShared.Targets;

namespace XenShared.Native.Tests.Fake;

/// <summary>
/// Provides the fake host for a test. After each test it checks that every handle is closed, every page unmapped, and every buffer and
/// result freed, that no function was misused, and that nothing was written to standard error.
/// </summary>
[Collection(FakeXenCollection.Name)]
public abstract class FakeXenTest : IDisposable
{
    private readonly FakeXen? _xen;
    private readonly StandardErrorCapture? _standardError;

    protected FakeXenTest(FakeXenFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        Assert.SkipWhen(fixture.Xen is null, FakeXenBuild.WhyNot ?? "");
        _xen = fixture.Xen;
        HostDirectory = CreateHostDirectory();
        _standardError = new StandardErrorCapture();
    }

    protected string HostDirectory { get; } = "";

    protected FakeXen Xen => _xen!;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (_xen is null || _standardError is null) return;
        var noise = _standardError.Finish();
        Directory.Delete(HostDirectory, recursive: true);
        Assert.Equal("", noise);
        AssertBalanced();
    }

    // Output files are synchronised to their disk, which takes longer than the rest of a run. Memory has no disk.
    private static string CreateHostDirectory()
    {
        const string memory = "/dev/shm";
        if (!Directory.Exists(memory)) return Directory.CreateTempSubdirectory("fakexen-").FullName;
        return Directory.CreateDirectory(Path.Combine(memory, $"fakexen-{Path.GetRandomFileName()}")).FullName;
    }

    /// <summary>Checks that all resources were released.</summary>
    protected void AssertBalanced()
    {
        var counters = Xen.Counters;
        Assert.Equal(counters.Opens, counters.Closes);
        Assert.Equal(counters.Maps, counters.Unmaps);
        Assert.Equal(0ul, counters.LiveMaps);
        Assert.Equal(counters.BuffersAllocated, counters.BuffersFreed);
        Assert.Equal(0ul, counters.LiveResults);
        Assert.Equal(0ul, counters.NullLoggers);
        Assert.Equal(0ul, counters.Misuses);
    }

    /// <summary>Loads <paramref name="host"/> as the host of this machine.</summary>
    protected void Boot(FakeHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        Xen.Load(host.Write(HostDirectory));
    }

    /// <summary>Loads a host, makes it fail, and reads it through the library.</summary>
    protected T Look<T>(FakeHost host, Action<FakeXen> breakIt, Func<LocalTarget, T> look)
    {
        ArgumentNullException.ThrowIfNull(breakIt);
        ArgumentNullException.ThrowIfNull(look);
        Boot(host);
        breakIt(Xen);
        using var target = LocalTarget.Open();
        return look(target);
    }

    /// <summary>Loads a host and reads it through the library.</summary>
    protected T Look<T>(FakeHost host, Func<LocalTarget, T> look) => Look(host, _ => { }, look);
}
