using System.Diagnostics;
using XenShared.Tests.Support;

namespace XenShared.Tests.Packaging;

/// <summary>Builds the native executable and its packages once, with the scripts that build them for users.</summary>
public sealed class NativeBuild : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);
    private static readonly string s_scripts = Path.Combine(SourceTree.Root, "src", "XenShared.Cli", "packaging");

    private readonly TemporaryFolder _folder = new();

    /// <summary>Gets the reason why there is no executable; null if there is one.</summary>
    public string? WhyNot { get; private set; }

    /// <summary>Gets the path of the executable.</summary>
    public string Executable => _folder["xenshared"];

    /// <summary>Gets the path of the Debian package; null if none can be built here.</summary>
    public string? DebianPackage { get; private set; }

    /// <summary>Gets the path of the RPM package; null if none can be built here.</summary>
    public string? RpmPackage { get; private set; }

    /// <summary>Gets the version of the product.</summary>
    public static string Version { get; } = SourceTree.Read("Directory.Build.props").Split("<Version>")[1].Split('<')[0];

    public async ValueTask InitializeAsync()
    {
        WhyNot =
            !OperatingSystem.IsLinux() ? "native executables are made on Linux"
            : Array.Find(["gcc", "objdump", "apt-get"], program => Find(program) is null) is { } missing ? $"{missing} is not installed"
            : null;
        if (WhyNot is not null)
            return;
        var (made, output) = await RunAsync("build-native.sh", _folder.Root);
        Assert.True(made == 0, output);
        // The script has printed the reason and built the replacement.
        if (!output.Contains("native, ", StringComparison.Ordinal))
        {
            WhyNot = $"no native executable can be made here: {output}";
            return;
        }
        if (Find("dpkg-deb") is not null) DebianPackage = await PackageAsync("build-deb.sh", $"xenshared_{Version}_amd64.deb");
        if (Find("rpmbuild") is not null) RpmPackage = await PackageAsync("build-rpm.sh", $"xenshared-{Version}-1.x86_64.rpm");
    }

    private async Task<string> PackageAsync(string script, string name)
    {
        var (made, output) = await RunAsync(script, Executable, Version, _folder.Root);
        Assert.True(made == 0, output);
        return _folder[name];
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a program, and returns its exit status and its whole output.</summary>
    internal static async Task<(int Status, string Output)> RunAsync(string program, params string[] arguments)
    {
        var path = program.EndsWith(".sh", StringComparison.Ordinal) ? Path.Combine(s_scripts, program) : program;
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // The environment of a test host contains variables that would make a child "dotnet" use the wrong build engine.
        string[] ofMsBuild = ["MSBuildSDKsPath", "MSBUILD_EXE_PATH", "MSBuildExtensionsPath", "MSBuildLoadMicrosoftTargetsReadOnly"];
        foreach (var name in ofMsBuild) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return (process.ExitCode, await errors + await output);
    }
}
