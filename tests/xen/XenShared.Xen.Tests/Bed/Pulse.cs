namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Checks repeatedly whether a host still responds. An emulated host sometimes stops for good (two emulated processors, code that patches
/// itself); without this class, the current test and each one after it would wait for its whole timeout.
/// </summary>
internal sealed class Pulse : IAsyncDisposable
{
    // With six guests that boot on one free core, the busiest case seen, a host responds within 20 s.
    private static readonly TimeSpan s_beatTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);
    private const int Misses = 3;

    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _sshConfiguration;
    private readonly Func<bool> _hasEnded;
    private readonly Task _watching;

    /// <summary>Starts watching.</summary>
    /// <param name="sshConfiguration">The path of the ssh configuration that reaches the host.</param>
    /// <param name="hasEnded">Whether the program that emulates it has ended.</param>
    public Pulse(string sshConfiguration, Func<bool> hasEnded)
    {
        _sshConfiguration = sshConfiguration;
        _hasEnded = hasEnded;
        _watching = WatchAsync();
    }

    /// <summary>Gets the token that is cancelled when the host is lost.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Checks the host now: true if it responds, false if it is lost.</summary>
    public async Task<bool> BeatsAsync()
    {
        for (var miss = 0; miss < Misses && !_hasEnded() && !_lost.IsCancellationRequested; miss++)
            if (await BeatAsync()) return true;
        await _lost.CancelAsync();
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _lost.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            do await Task.Delay(s_interval, _stop.Token);
            while (await BeatsAsync());
        }
        catch (OperationCanceledException)
        {
            // The result is no longer needed.
        }
    }

    private async Task<bool> BeatAsync()
    {
        try
        {
            return (
                    await Command.RunAsync(
                        Command.Prepare("ssh", ["-F", _sshConfiguration, "dom0", "true"]),
                        timeout: s_beatTimeout,
                        cancellation: _stop.Token)
                ).ExitCode == 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
