using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Packaging;

/// <summary>Checks the Debian and the RPM package of the executable.</summary>
[Collection(NativeCollection.Name)]
public sealed partial class PackageTests(NativeBuild build)
{
    [Fact]
    public async Task TheDebianPackageHasWhatAPackageHas()
    {
        Assert.SkipWhen(build.DebianPackage is null, Missing("dpkg-deb"));
        var (_, contents) = await NativeBuild.RunAsync("dpkg-deb", "--contents", build.DebianPackage!);
        var (_, control) = await NativeBuild.RunAsync("dpkg-deb", "--info", build.DebianPackage!);

        Assert.All(
            (string[])
                [
                    "./usr/bin/xenshared",
                    "./usr/share/man/man1/xenshared.1.gz",
                    "./usr/share/bash-completion/completions/xenshared",
                    "./usr/lib/systemd/system/xenshared-metrics.timer",
                    "./usr/share/xenshared/xenshared.rules.yml",
                    "./usr/share/doc/xenshared/copyright",
                    "./usr/share/doc/xenshared/changelog.gz",
                ],
            file => Assert.Contains(file, contents, StringComparison.Ordinal));
        Assert.DoesNotMatch(@"(?m)^\S+ (?!root/root)", contents);
        Assert.Matches(@"(?m)^ Package: xenshared$", control);
        Assert.Contains($" Version: {NativeBuild.Version}", control, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ Depends: libc6 \(>= 2\.17\)$", control);
        Assert.Matches(@"(?m)^ Recommends: libxenmisc4\.17 \|", control);
    }

    [Fact]
    public async Task TheDebianPackagePassesLintian()
    {
        Assert.SkipWhen(build.DebianPackage is null || NativeBuild.Find("lintian") is null, Missing("dpkg-deb or lintian"));

        var (_, message) = await NativeBuild.RunAsync("lintian", "--fail-on", "none", build.DebianPackage!);

        Assert.DoesNotMatch("(?m)^[EW]: ", message);
    }

    [Fact]
    public async Task TheRpmPackageHasTheFilesOfTheDebianPackage()
    {
        Assert.SkipWhen(build.DebianPackage is null || build.RpmPackage is null, Missing("dpkg-deb or rpmbuild"));
        var (_, debian) = await NativeBuild.RunAsync("dpkg-deb", "--contents", build.DebianPackage!);
        var (_, rpm) = await NativeBuild.RunAsync("rpm", "-qp", "--qf", @"[%{FILEMODES:perms} %{FILENAMES}\n]", build.RpmPackage!);

        Assert.Equal(
            Files(debian, "./usr/share/doc/", "./usr/share/lintian/"),
            Files(rpm, "/usr/share/licenses/")
                .Select(file => file.Replace("site-functions", "vendor-completions", StringComparison.Ordinal)));
        Assert.Contains("-rw-r--r-- /usr/share/licenses/xenshared/LICENSE", rpm, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheRpmPackageNeedsTheCLibraryOfXenServer8AndItsRpm()
    {
        Assert.SkipWhen(build.RpmPackage is null, Missing("rpmbuild"));

        var (_, requires) = await NativeBuild.RunAsync("rpm", "-qp", "--requires", build.RpmPackage!);

        var versions = GlibcVersion().Matches(requires).Select(match => Version.Parse(match.Groups[1].Value)).ToArray();
        Assert.NotEmpty(versions);
        Assert.All(versions, version => Assert.True(version <= new Version(2, 17), $"{version}"));
        // Its rpm is 4.11.
        Assert.Subset(
            new HashSet<string>
            {
                "rpmlib(BuiltinLuaScripts)",
                "rpmlib(CompressedFileNames)",
                "rpmlib(FileDigests)",
                "rpmlib(PayloadFilesHavePrefix)",
                "rpmlib(PayloadIsXz)",
            },
            RpmFeature().Matches(requires).Select(match => match.Value).ToHashSet());
    }

    [Fact]
    public async Task TheRpmPackageIsInstalledAndRemovedCleanly()
    {
        Assert.SkipWhen(build.RpmPackage is null, Missing("rpmbuild"));
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "rpm needs root to change into another root");
        using var root = new TemporaryFolder();

        // The other root has no packages, so the C library is missing there.
        await RpmAsync(root.Root, "-i", "--nodeps", build.RpmPackage!);
        await RpmAsync(root.Root, "-V", "--nodeps", "xenshared");
        Assert.Equal((0, NativeBuild.Version), await StartAsync(root["usr/bin/xenshared"]));
        await RpmAsync(root.Root, "-e", "xenshared");

        Assert.Empty(Directory.EnumerateFileSystemEntries(root.Root, "*xenshared*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task TheRpmPackagePassesRpmlint()
    {
        Assert.SkipWhen(build.RpmPackage is null || NativeBuild.Find("rpmlint") is null, Missing("rpmbuild or rpmlint"));

        var (_, message) = await NativeBuild.RunAsync("rpmlint", build.RpmPackage!);

        Assert.Contains("1 packages", message, StringComparison.Ordinal);
        // The package is signed by whoever puts it into a repository.
        Assert.DoesNotMatch("(?m): E: (?!no-signature)", message);
    }

    [Theory]
    [InlineData("build-deb.sh")]
    [InlineData("build-rpm.sh")]
    public async Task APackageIsMadeAgainBitForBit(string script)
    {
        var first = script == "build-deb.sh" ? build.DebianPackage : build.RpmPackage;
        Assert.SkipWhen(first is null, Missing("dpkg-deb or rpmbuild"));
        using var folder = new TemporaryFolder();

        var (made, output) = await NativeBuild.RunAsync(script, build.Executable, NativeBuild.Version, folder.Root);

        Assert.True(made == 0, output);
        Assert.Equal(File.ReadAllBytes(first!), File.ReadAllBytes(folder[Path.GetFileName(first!)]));
    }

    // Returns mode and path of each file of a listing.
    private static string[] Files(string listing, params string[] except) =>
    [
        .. listing.Split('\n')
            .Where(line => line.StartsWith('-') && !Array.Exists(except, folder => line.Contains($" {folder}", StringComparison.Ordinal)))
            .Select(line => $"{line[..10]} {line[(line.IndexOf("/usr/", StringComparison.Ordinal))..]}")
            .Order(StringComparer.Ordinal),
    ];

    // On Debian, rpm prints a warning each time.
    private static async Task RpmAsync(string root, params string[] arguments)
    {
        var (status, output) = await NativeBuild.RunAsync("rpm", ["--root", root, .. arguments]);
        Assert.True(status == 0, output);
    }

    private static async Task<(int Status, string Output)> StartAsync(string program)
    {
        var (status, output) = await NativeBuild.RunAsync(program, "--version");
        return (status, output.Trim());
    }

    private string Missing(string program) => build.WhyNot ?? $"{program} is not installed";

    [GeneratedRegex(@"GLIBC_(\d+\.\d+)")]
    private static partial Regex GlibcVersion();

    [GeneratedRegex(@"rpmlib\(\w+\)")]
    private static partial Regex RpmFeature();
}
