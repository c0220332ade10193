using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Bed;

/// <summary>Provides the host with the six quick guests for tests that only read, and its observations.</summary>
public class QuickBed : XenBed
{
    private readonly Kept<RunningHost> _running = new(RunningHost.ObserveAsync);
    private readonly Kept<PausedHost> _paused = new(PausedHost.ObserveAsync);

    /// <summary>Initializes a bed that is not booted yet.</summary>
    public QuickBed()
        : this("quick")
    {
    }

    private protected QuickBed(string name)
        : base(name)
    {
    }

    /// <summary>Returns the observations of the host while all guests run.</summary>
    internal async Task<RunningHost> RunningAsync() => await _running.OfAsync(await RequireAsync());

    /// <summary>Returns the observations of the host while all guests are paused, so that their state does not change.</summary>
    internal async Task<PausedHost> PausedAsync() => await _paused.OfAsync(await RequireAsync());

    private protected override void Forget()
    {
        _running.Forget();
        _paused.Forget();
    }

    private protected override async Task PrepareAsync(Dom0 dom0)
    {
        var present = await dom0.DomainsAsync();
        var missing = Guest.Quick.Where(guest => !present.ContainsKey(guest.Name)).Select(guest => guest.Name).ToArray();
        if (missing.Length > 0) await dom0.ReadAsync($"GUEST_WAIT=900 start-guests {string.Join(' ', missing)}", TimeSpan.FromMinutes(20));
    }
}
