namespace XenShared;

/// <summary>
/// Provides a method that waits for time to pass. Code waits with it and not with Thread.Sleep, so that the wait can be cancelled and tests
/// can replace the clock.
/// </summary>
internal static class TimeProviderExtensions
{
    /// <summary>Waits for a time, or until the wait is cancelled.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before or during the wait.</exception>
    public static void Wait(this TimeProvider time, TimeSpan delay, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (delay <= TimeSpan.Zero) return;
        Task.Delay(delay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        // If the wait was cancelled, OperationCanceledException is thrown here, as everywhere else. The TaskCanceledException of the delay
        // itself is suppressed above.
        cancellation.ThrowIfCancellationRequested();
    }
}
