using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace XenShared.Native.Tests.Fake;

/// <summary>Compiles the fake libraries once for each state of their sources.</summary>
public static class FakeXenBuild
{
    /// <summary>The minor version of the oldest supported Xen.</summary>
    public const int OldestMinor = 8;

    /// <summary>The minor version of the newest supported Xen.</summary>
    public const int NewestMinor = 23;

    private static readonly object s_lock = new();
    private static readonly Lazy<string> s_root = new(Root);

    /// <summary>Gets the reason why the fake libraries cannot be built here; null if they can.</summary>
    public static string? WhyNot { get; } =
        !OperatingSystem.IsLinux() || !Environment.Is64BitProcess ? "the fake Xen libraries are for 64-bit Linux"
        : FindOnPath("gcc") is null || FindOnPath("sh") is null ? "gcc is not installed, which the fake Xen libraries are built with"
        : null;

    /// <summary>Returns a directory with the libraries, as in an installation of Xen 4.<paramref name="minor"/>.</summary>
    /// <param name="minor">The version.</param>
    /// <param name="withoutFunction">A function that libxenctrl shall lack.</param>
    public static string Directory(int minor, string? withoutFunction = null)
    {
        var variant = Path.Combine(s_root.Value, withoutFunction ?? "whole");
        var directory = Path.Combine(variant, $"4.{minor}");
        var stamp = Path.Combine(variant, withoutFunction is null ? "built" : $"built-4.{minor}");
        lock (s_lock)
        {
            if (File.Exists(stamp)) return directory;
            // All versions at once: most of the time goes into what they share.
            Build(
                variant,
                withoutFunction is null ? Enumerable.Range(OldestMinor, NewestMinor - OldestMinor + 1) : [minor],
                withoutFunction);
            File.WriteAllText(stamp, "");
        }
        return directory;
    }

    /// <summary>Returns the full path of a program; null if it is not installed.</summary>
    public static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    private static void Build(string directory, IEnumerable<int> minors, string? withoutFunction)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(SourceDirectory, "build.sh"));
        start.ArgumentList.Add(directory);
        foreach (var minor in minors) start.ArgumentList.Add(minor.ToString(CultureInfo.InvariantCulture));
        start.Environment["FAKEXEN_WITHOUT"] = withoutFunction ?? "";
        using var build = Process.Start(start) ?? throw new InvalidOperationException("sh did not start.");
        var messages = build.StandardError.ReadToEnd();
        build.WaitForExit();
        if (build.ExitCode != 0) throw new InvalidOperationException($"The fake Xen libraries do not build: {messages}");
    }

    private static string SourceDirectory => Path.Combine(AppContext.BaseDirectory, "fakexen");

    private static string Root()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in System.IO.Directory.GetFiles(SourceDirectory).Order(StringComparer.Ordinal))
            hash.AppendData(File.ReadAllBytes(file));
        var name = $"{Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}-{RuntimeInformation.ProcessArchitecture}";
        return Path.Combine(AppContext.BaseDirectory, "fakexen-built", name);
    }
}
