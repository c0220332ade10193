using System.Diagnostics;
using System.Globalization;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Versions;

/// <summary>Runs the real <c>xenshared</c> that was built with this project.</summary>
internal static class Executable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static readonly string s_assembly = FindAssembly();

    /// <summary>Gets the reason why the executable cannot run; null if it can.</summary>
    public static string? WhyNot { get; } = File.Exists(s_assembly) ? null : "src/XenShared.Cli is not built in this configuration";

    /// <summary>Runs it on a fake host.</summary>
    /// <param name="libraries">The directory of the fake libraries.</param>
    /// <param name="host">The host.</param>
    /// <param name="failures">The value of FAKEXEN_FAIL.</param>
    /// <param name="arguments">The command line.</param>
    public static ExecutableRun RunOn(string libraries, FakeHost host, string failures, params ReadOnlySpan<string> arguments) =>
        RunOn(libraries, host, failures, kernelRoot: "", arguments);

    /// <summary>Runs it on a fake host whose control domain has a kernel.</summary>
    /// <param name="kernelRoot">The folder with the files of the kernel.</param>
    /// <param name="host">The host.</param>
    /// <param name="arguments">The command line.</param>
    public static ExecutableRun RunOnKernel(string kernelRoot, FakeHost host, params ReadOnlySpan<string> arguments) =>
        RunOn(FakeXenBuild.Directory(FakeXenFixture.LibraryMinor), host, "", kernelRoot, arguments);

    private static ExecutableRun RunOn(
        string libraries,
        FakeHost host,
        string failures,
        string kernelRoot,
        ReadOnlySpan<string> arguments)
    {
        var directory = Directory.CreateTempSubdirectory("fakexen-run-").FullName;
        try
        {
            var counters = Path.Combine(directory, "counters.txt");
            var run = Run(
                new Dictionary<string, string?>
                {
                    ["LD_LIBRARY_PATH"] = libraries,
                    ["FAKEXEN_HOST"] = host.Write(directory),
                    ["FAKEXEN_COUNTERS"] = counters,
                    ["FAKEXEN_FAIL"] = failures,
                    ["XENSHARED_KERNEL_ROOT"] = kernelRoot,
                },
                arguments);
            return run with { Counters = File.Exists(counters) ? ReadCounters(counters) : new Dictionary<string, long>() };
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Runs it with the libraries of this machine.</summary>
    public static ExecutableRun RunOnMachine(params ReadOnlySpan<string> arguments) =>
        Run(new Dictionary<string, string?> { ["LD_LIBRARY_PATH"] = null }, arguments);

    private static ExecutableRun Run(Dictionary<string, string?> environment, ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(s_assembly);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"xenshared did not end within {s_limit.TotalSeconds:0} s.");
        }
        return new ExecutableRun(process.ExitCode, Lines(output.GetAwaiter().GetResult()), Lines(errors.GetAwaiter().GetResult()));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static Dictionary<string, long> ReadCounters(string file) =>
        File.ReadLines(file)
            .Select(line => line.Split(' '))
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture));

    // The output directory of this project contains the configuration: .../bin/<configuration>/net10.0/
    private static string FindAssembly()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var root = output;
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "XenShared.slnx")))
            root = root.Parent;
        return Path.Combine(
            root?.FullName ?? "",
            "src",
            "XenShared.Cli",
            "bin",
            output.Parent?.Name ?? "",
            output.Name,
            "XenShared.Cli.dll");
    }
}
