namespace XenShared;

/// <summary>Waits for time to pass. All waits of the product use it, so that every wait can be cancelled and its clock replaced.</summary>
internal static class TimeProviderExtensions
{
    /// <summary>Waits for a time, or until the wait is cancelled.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before or during the wait.</exception>
    public static void Wait(this TimeProvider time, TimeSpan delay, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (delay <= TimeSpan.Zero) return;
        Task.Delay(delay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        // A plain OperationCanceledException, as from every other place that checks the token.
        cancellation.ThrowIfCancellationRequested();
    }
}
