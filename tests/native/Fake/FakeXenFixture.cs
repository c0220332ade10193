namespace XenShared.Native.Tests.Fake;

/// <summary>Builds and loads the fake libraries once for all tests that run in this process.</summary>
public sealed class FakeXenFixture
{
    /// <summary>The Xen version whose libxenctrl this process has. Others run as processes of their own.</summary>
    public const int LibraryMinor = 17;

    public FakeXenFixture()
    {
        if (FakeXenBuild.WhyNot is null) Xen = FakeXen.LoadLibraries(FakeXenBuild.Directory(LibraryMinor), LibraryMinor);
    }

    /// <summary>Null when it cannot be built here.</summary>
    public FakeXen? Xen { get; }
}
