using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Versions;

/// <summary>Provides the executable for a test, which is skipped with the reason if the executable or the fake is missing.</summary>
public abstract class ExecutableTest
{
    protected ExecutableTest()
    {
        Assert.SkipWhen(Executable.WhyNot is not null, Executable.WhyNot ?? "");
        Assert.SkipWhen(FakeXenBuild.WhyNot is not null, FakeXenBuild.WhyNot ?? "");
    }

    /// <summary>
    /// Returns a copy of an installation in which a library cannot be loaded. (An empty file has its name, so that the library of this
    /// machine is not found.)
    /// </summary>
    private protected static TemporaryDirectory Without(string libraries, params ReadOnlySpan<string> sonames)
    {
        var copy = new TemporaryDirectory();
        foreach (var file in Directory.GetFiles(libraries)) File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
        foreach (var soname in sonames) File.WriteAllBytes(Path.Combine(copy.FullName, soname), []);
        return copy;
    }
}
