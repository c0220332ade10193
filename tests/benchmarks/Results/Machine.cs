using System.Globalization;
using System.Runtime.InteropServices;

namespace XenShared.Benchmarks.Results;

/// <summary>Describes the machine of a measurement.</summary>
internal static class Machine
{
    /// <summary>Returns processors, memory, system and runtime as one line.</summary>
    public static string Describe()
    {
        var processor = Find("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        var system = Find("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? RuntimeInformation.OSDescription;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{processor}, {Environment.ProcessorCount} processors, {memory:0} GiB, {system}, {RuntimeInformation.FrameworkDescription}");
    }

    private static string? Find(string file, string name, char separator = ':') =>
        File.Exists(file)
            ? File.ReadLines(file)
                .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
                ?[(name.Length + 1)..]
                .TrimStart(separator, ' ', '\t')
            : null;
}
