using System.Diagnostics;
using System.Globalization;
using XenShared.Targets;

namespace XenShared.Benchmarks;

/// <summary>
/// Measures reading a port of the local hypervisor, compared with a C program that reads each port separately. Only ratios are meaningful.
/// </summary>
internal static class PortCost
{
    private const int Rounds = 20;

    /// <summary>Measures the ports of a domain, prints the result, and returns an exit status.</summary>
    public static int Print(ushort domId, string? program)
    {
        try
        {
            using var target = LocalTarget.Open();
            // The program runs between two halves of the rounds, so that a host that grows slower does so for both.
            var (ours, ports) = Measure(target, domId, Rounds / 2);
            var theirs = program is null ? (double?)null : Run(program, domId);
            ours = Math.Min(ours, Measure(target, domId, Rounds / 2).Nanoseconds);
            Console.WriteLine(FormattableString.Invariant($"domain {domId}, {ports} ports"));
            Console.WriteLine(FormattableString.Invariant($"LocalTarget.ReadPorts  {ours,10:0} ns a port"));
            if (theirs is not { } loop) return 0;
            Console.WriteLine(FormattableString.Invariant($"xc_evtchn_status       {loop,10:0} ns a port"));
            Console.WriteLine(FormattableString.Invariant($"ratio                  {ours / loop,10:0.000}"));
            return 0;
        }
        catch (Exception error) when (error is XenException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    // The best of the rounds: what disturbs a round only ever makes it longer.
    private static (double Nanoseconds, uint Ports) Measure(LocalTarget target, ushort domId, int rounds)
    {
        var ports = Math.Max(target.ReadPorts(domId).ValidPorts, 1);
        var best = double.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            target.ReadPorts(domId);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / ports);
        }
        return (best, ports);
    }

    private static double Run(string program, ushort domId)
    {
        var start = new ProcessStartInfo(program, [domId.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var nanoseconds)
            ? nanoseconds
            : throw new InvalidOperationException(
                $"'{program}' ended with status {process.ExitCode} and printed '{text.Trim()}' where nanoseconds were expected.");
    }
}
