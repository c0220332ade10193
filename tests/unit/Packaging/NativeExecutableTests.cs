using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Packaging;

/// <summary>Checks the executable for control domains: it is small, needs no .NET, and runs on every Debian from 11 on.</summary>
[Collection(NativeCollection.Name)]
public sealed partial class NativeExecutableTests(NativeBuild build)
{
    // The executable is copied to control domains, so a sudden growth must be noticed. The readers of the outputs of tools need 0.24 MB.
    private const long MaximumBytes = 11_500_000;

    [Fact]
    public void ItIsSmall()
    {
        Need();

        Assert.InRange(new FileInfo(build.Executable).Length, 1, MaximumBytes);
    }

    [Fact]
    public async Task It_starts_with_the_C_library_of_XenServer_8()
    {
        Need();
        var (_, symbols) = await NativeBuild.RunAsync("objdump", "-T", build.Executable);
        var (_, header) = await NativeBuild.RunAsync("objdump", "-p", build.Executable);
        var versions = GlibcVersion().Matches(symbols).Select(match => Version.Parse(match.Groups[1].Value)).ToArray();

        Assert.NotEmpty(versions);
        Assert.All(versions, version => Assert.True(version <= new Version(2, 17), $"{version}"));
        Assert.Subset(
            new HashSet<string> { "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "ld-linux-x86-64.so.2" },
            Needed().Matches(header).Select(match => match.Groups[1].Value).ToHashSet());
    }

    [Theory]
    [InlineData("domains", "--json", "--target", "simulated:15:3")]
    [InlineData("channels", "--json", "--target", "simulated:15:3", "--domid", "1")]
    [InlineData("poke", "--json", "--yes", "--target", "simulated:15:3", "--domid", "1", "--port", "2", "--masked", "true", "--what-if")]
    [InlineData("channels", "--source", "nowhere")]
    [InlineData("capture", "-", "--plain", "--only=Domains", "--target", "simulated:2:3")]
    public async Task ItPrintsWhatTheOtherPrints(params string[] arguments)
    {
        Need();
        var second = CliProgram.Run(arguments);

        var (status, output) = await NativeBuild.RunAsync(build.Executable, arguments);

        Assert.Equal(second.Status, status);
        Assert.Equal(Untimed(second.Error + second.Output), Untimed(output));
    }

    [Fact]
    public async Task ItKnowsItsVersion()
    {
        Need();

        Assert.Equal(
            (0, NativeBuild.Version),
            await NativeBuild.RunAsync(build.Executable, "--version") is var (status, output) ? (status, output.Trim()) : default);
        Assert.Equal(NativeBuild.Version, CliProgram.Run("--version").Output.Trim());
    }

    [Fact]
    public async Task ItsCompletionOffersWhatTheCommandsTake()
    {
        Assert.SkipWhen(NativeBuild.Find("bash") is null, "bash is not installed");
        string[] verbs =
        [
            "domains", "info", "vcpus", "clocks", "channels", "devices", "capture", "report", "metrics", "send", "poke", "watch", "faults",
        ];
        foreach (var verb in verbs)
        {
            var offered = await CompleteAsync($"{verb} --");
            var taken = LongOption()
                .Matches(CliProgram.Run(verb, "--help").Output.Split("Options:")[1])
                .Select(match => match.Groups[1].Value)
                .Where(option => option != "--version");

            Assert.Equal(taken.Append("--help").Distinct().Order(StringComparer.Ordinal), offered.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("fau", "faults")]
    [InlineData("channels --state Int", "Interdomain")]
    [InlineData("channels --target sim", "simulated")]
    [InlineData("faults --rule Stuck", "StuckMasked")]
    [InlineData("poke --masked T", "True")]
    public async Task ItsCompletionOffersNamesAndValues(string line, string expected)
    {
        Assert.SkipWhen(NativeBuild.Find("bash") is null, "bash is not installed");

        Assert.Equal([expected], await CompleteAsync(line));
    }

    // Returns the completions that bash offers at the end of the line.
    private static async Task<string[]> CompleteAsync(string line)
    {
        var script = SourceTree.Read(Path.Combine("src", "XenShared.Cli", "packaging", "xenshared.bash")) + """

            COMP_WORDS=($1 $2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
            _xenshared
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var (_, offered) = await NativeBuild.RunAsync("bash", "-c", script, "bash", CliProgram.Location, line);
        return offered.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Untimed(string text) => Moment().Replace(text, "");

    private void Need() => Assert.SkipWhen(build.WhyNot is not null, build.WhyNot ?? "");

    [GeneratedRegex(@"GLIBC_(\d+\.\d+)")]
    private static partial Regex GlibcVersion();

    [GeneratedRegex(@"NEEDED\s+(\S+)")]
    private static partial Regex Needed();

    [GeneratedRegex(@"(?m)^ +(?:-\w, )?(--[a-z-]+)")]
    private static partial Regex LongOption();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")]
    private static partial Regex Moment();
}
