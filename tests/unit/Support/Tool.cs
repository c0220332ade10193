using System.Diagnostics;

namespace XenShared.Tests.Support;

/// <summary>Runs a program of the system that a test uses if it is installed.</summary>
internal static class Tool
{
    /// <summary>Returns the path of the first of the programs that is on PATH; null if none is.</summary>
    public static string? Find(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            {
                var path = Path.Combine(folder, name);
                if (folder.Length > 0 && File.Exists(path)) return path;
            }
        }
        return null;
    }

    /// <summary>Runs it, and returns its exit status and its output.</summary>
    public static (int Status, string Said) Run(string path, string input, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result + error.Result);
    }
}
