namespace XenShared.Tests.Architecture;

/// <summary>
/// Checks that the product reads the time from a <see cref="TimeProvider"/> and waits in one place only: a wait that cannot be cancelled
/// holds a host, and a clock of its own cannot be replaced. A wait for an event with a limit (a process, a task, a lock) is no such wait.
/// </summary>
public sealed class ClockTests
{
    private static readonly string[] s_clocks =
    [
        "System.DateTime.get_Now",
        "System.DateTime.get_UtcNow",
        "System.DateTimeOffset.get_Now",
        "System.DateTimeOffset.get_UtcNow",
        "System.Diagnostics.Stopwatch..ctor",
        "System.Diagnostics.Stopwatch.StartNew",
        "System.Diagnostics.Stopwatch.GetTimestamp",
        "System.Environment.get_TickCount",
        "System.Environment.get_TickCount64",
        "System.Threading.SpinWait.SpinUntil",
        "System.Threading.Tasks.Task.Delay",
        "System.Threading.Thread.Sleep",
        "System.Threading.Thread.SpinWait",
        "System.Threading.Timer..ctor",
        "System.Threading.PeriodicTimer..ctor",
        "System.Threading.WaitHandle.WaitOne",
    ];

    // Between two reads of a version counter a processor pauses for less than a timer can measure.
    private static readonly string[] s_justified =
    [
        "XenShared.Layout.SeqlockRange: System.Threading.Thread.SpinWait",
        "XenShared.Poking.VersionedClock: System.Threading.Thread.SpinWait",
        "XenShared.TimeProviderExtensions: System.Threading.Tasks.Task.Delay",
    ];

    [Fact]
    public void OnlyOneTypeWaits() =>
        Assert.Equal(
            s_justified,
            AssemblyMethods.OfProduct
                .SelectMany(method => method.Calls.Where(s_clocks.Contains).Select(call => $"{method.Type}: {call}"))
                .Distinct()
                .Order(StringComparer.Ordinal));
}
