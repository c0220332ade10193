using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace XenShared.Tests.Support;

/// <summary>Runs the command that was built with the tests, as a user does.</summary>
internal static class CliProgram
{
    /// <summary>Gets the path of the program.</summary>
    public static string Location => s_path;

    private static readonly string s_path = Path.Combine(
        SourceTree.Root,
        "src",
        "XenShared.Cli",
        "bin",
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        "net10.0",
        OperatingSystem.IsWindows() ? "xenshared.exe" : "xenshared");

    public static CliResult Run(params ReadOnlySpan<string> arguments) => Run("", arguments);

    /// <summary>Runs the program with the PATH of this machine.</summary>
    public static CliResult RunWithPath(params ReadOnlySpan<string> arguments) =>
        Run(Environment.GetEnvironmentVariable("PATH") ?? "", arguments);

    /// <summary>Runs the program in a process with limited managed memory, which ends with an error if it keeps more.</summary>
    public static CliResult RunWithin(long bytes, params ReadOnlySpan<string> arguments)
    {
        var start = Prepare(Environment.GetEnvironmentVariable("PATH") ?? "", arguments);
        start.Environment["DOTNET_GCHeapHardLimit"] = bytes.ToString("x", CultureInfo.InvariantCulture);
        return Run(start);
    }

    /// <summary>Prepares a run with all streams redirected to the caller.</summary>
    public static ProcessStartInfo Prepare(string path, ReadOnlySpan<string> arguments)
    {
        Assert.True(File.Exists(s_path), $"{s_path} is not built.");
        var start = new ProcessStartInfo(s_path)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // The runtime that runs the tests, wherever it lies; English messages; and no PowerShell for the demo to start.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(
            Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["PATH"] = path;
        // Each run is short, so profiling for better compiled code only costs time.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }

    /// <summary>Runs the program with an input.</summary>
    public static CliResult RunWithInput(string input, params ReadOnlySpan<string> arguments) => Run(Prepare("", arguments), input);

    private static CliResult Run(string path, ReadOnlySpan<string> arguments) => Run(Prepare(path, arguments));

    private static CliResult Run(ProcessStartInfo start, string input = "")
    {
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return new CliResult(process.ExitCode, output.ToArray(), error.Result);
    }
}
