using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Packaging;

/// <summary>Installs, starts and removes the Debian package in a small Debian of each supported version (<c>debian-root.sh</c>).</summary>
[Collection(NativeCollection.Name)]
public sealed partial class DebianTests(NativeBuild build)
{
    // The exit status of debian-root.sh if no server has the packages.
    private const int Unavailable = 75;

    [Theory]
    [InlineData("bullseye", "11", "2.31")]
    [InlineData("bookworm", "12", "2.36")]
    [InlineData("trixie", "13", "2.41")]
    public async Task ThePackageIsInstalledStartedAndRemoved(string suite, string version, string library)
    {
        Assert.SkipWhen(build.DebianPackage is null, build.WhyNot ?? "dpkg-deb is not installed");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "chroot needs root");
        Assert.SkipWhen(NativeBuild.Find("unshare") is null, "unshare is not installed");
        var script = Path.Combine(SourceTree.Root, "tests", "unit", "Packaging", "debian-root.sh");
        var (made, folder) = await NativeBuild.RunAsync(script, suite);
        Assert.SkipWhen(made == Unavailable, $"no Debian {version} can be fetched: {folder}");
        Assert.True(made == 0, folder);
        using var temporary = new TemporaryFolder();
        var root = temporary["root"];
        await SucceedAsync(NativeBuild.RunAsync("cp", "-a", folder.TrimEnd().Split('\n')[^1], root));
        File.Copy(build.DebianPackage!, Path.Combine(root, "xenshared.deb"));

        Assert.StartsWith($"{version}.", await SucceedAsync(InAsync(root, "cat", "/etc/debian_version")), StringComparison.Ordinal);
        Assert.Equal($"glibc {library}", (await SucceedAsync(InAsync(root, "getconf", "GNU_LIBC_VERSION"))).Trim());
        await SucceedAsync(InAsync(root, "dpkg", "--install", "/xenshared.deb"));
        Assert.Equal("", await SucceedAsync(InAsync(root, "dpkg", "--verify", "xenshared")));
        Assert.Equal(NativeBuild.Version, (await SucceedAsync(InAsync(root, "xenshared", "--version"))).Trim());
        Assert.Matches(DomainFive(), await SucceedAsync(InAsync(root, "xenshared", "domains", "--target", "simulated:15")));
        var (status, output) = await InAsync(root, "xenshared", "domains");
        Assert.True(status == 3, output);
        await SucceedAsync(InAsync(root, "dpkg", "--purge", "xenshared"));

        File.Delete(Path.Combine(root, "xenshared.deb"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(root, "*xenshared*", SearchOption.AllDirectories));
        Assert.NotEqual(0, (await InAsync(root, "dpkg", "--status", "xenshared")).Status);
    }

    // Runs a program in the other root, where it sees only its own processes, and nothing of this machine's devices.
    private static Task<(int Status, string Output)> InAsync(string root, params string[] command) =>
        NativeBuild.RunAsync(
            "unshare",
            [
                "--mount",
                "--pid",
                "--fork",
                "sh",
                "-c",
                """mount -t proc -o ro proc "$0/proc" && exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" """,
                root,
                .. command,
            ]);

    private static async Task<string> SucceedAsync(Task<(int Status, string Output)> run)
    {
        var (status, output) = await run;
        Assert.True(status == 0, output);
        return output;
    }

    [GeneratedRegex(@"(?m)^ *5 ")]
    private static partial Regex DomainFive();
}
