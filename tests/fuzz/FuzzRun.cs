using System.Diagnostics;

namespace XenShared.Fuzz;

/// <summary>
/// Gives inputs to a reader. An input depends only on the seed and its own number, so that it can be created again by itself.
/// </summary>
public static class FuzzRun
{
    private const int MostFailures = 20;
    private const int AllocationPerByte = 64;

    /// <summary>Runs inputs.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="seed">The seed, which determines every input.</param>
    /// <param name="first">The number of the first input.</param>
    /// <param name="count">How many.</param>
    /// <param name="onInput">Receives the number of each input before it is read; null for none.</param>
    public static FuzzReport Run(FuzzReader reader, int seed, long first, long count, Action<long>? onInput = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var report = new FuzzReport { Reader = reader.Name, Seed = seed };
        var clock = Stopwatch.StartNew();
        for (var number = first; number < first + count && report.Failures.Count < MostFailures; number++)
        {
            onInput?.Invoke(number);
            var input = reader.Make(new Random(Mix(seed, number)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            var error = Read(reader, input);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var took = Stopwatch.GetElapsedTime(started);
            report.Inputs++;
            report.MostAllocated = Math.Max(report.MostAllocated, allocated);
            if (took > report.Slowest)
                report.Slowest = took;
            if (error is null)
                report.Answered++;
            else if (error is XenException { Id: XenErrorId.FileDamaged or XenErrorId.FileNotRecognised } refused)
                report.Refused[refused.Id] = report.Refused.GetValueOrDefault(refused.Id) + 1;
            else
                report.Failures.Add($"input {number}: {error}");
            if (allocated > reader.MaximumAllocation + (long)input.Length * AllocationPerByte)
                report.Failures.Add($"input {number}: {input.Length} bytes had {allocated} allocated");
        }
        report.Elapsed = clock.Elapsed;
        return report;
    }

    private static Exception? Read(FuzzReader reader, byte[] input)
    {
        try
        {
            reader.Read(input);
            return null;
        }
#pragma warning disable CA1031 // Whatever comes out is what is looked for.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return error;
        }
    }

    // The random numbers of successive inputs must be independent.
    private static int Mix(int seed, long number)
    {
        var value = ((ulong)(uint)seed << 40) ^ (ulong)number;
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
        value = (value ^ value >> 27) * 0x94d049bb133111eb;
        return (int)((value ^ value >> 31) & 0x7fffffff);
    }
}
