namespace XenShared.Native.Tests.Fake;

/// <summary>Builds and loads the fake libraries once for all tests that run in this process.</summary>
public sealed class FakeXenFixture
{
    /// <summary>The minor version of the libxenctrl that this process loads. Tests of other versions run in other processes.</summary>
    public const int LibraryMinor = 17;

    public FakeXenFixture()
    {
        if (FakeXenBuild.WhyNot is null) Xen = FakeXen.LoadLibraries(FakeXenBuild.Directory(LibraryMinor), LibraryMinor);
    }

    /// <summary>Gets the fake host; null if it cannot be built here.</summary>
    public FakeXen? Xen { get; }
}
