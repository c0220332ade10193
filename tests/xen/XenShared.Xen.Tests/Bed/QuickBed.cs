using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Bed;

/// <summary>The host with the six quick guests, and what was seen of it.</summary>
public sealed class QuickBed : XenBed
{
    private Task<RunningHost>? _running;
    private Task<PausedHost>? _paused;

    /// <summary>Makes a bed that is not booted yet.</summary>
    public QuickBed()
        : base("quick")
    {
    }

    /// <summary>The host while all guests run.</summary>
    internal async Task<RunningHost> RunningAsync()
    {
        var dom0 = await RequireAsync();
        return await (_running ??= RunningHost.ObserveAsync(dom0));
    }

    /// <summary>The host while all guests are paused, so that nothing of them moves.</summary>
    internal async Task<PausedHost> PausedAsync()
    {
        var dom0 = await RequireAsync();
        return await (_paused ??= PausedHost.ObserveAsync(dom0));
    }

    private protected override async Task PrepareAsync(Dom0 dom0)
    {
        var present = await dom0.DomainsAsync();
        var missing = Guest.Quick.Where(guest => !present.ContainsKey(guest.Name)).Select(guest => guest.Name).ToArray();
        if (missing.Length > 0) await dom0.ReadAsync($"GUEST_WAIT=900 start-guests {string.Join(' ', missing)}", TimeSpan.FromMinutes(20));
    }
}
