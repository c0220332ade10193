using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Provides the host on which HVM guests are observed from their creation to a running Linux, one at a time, because each has a device
/// model in dom0.
/// </summary>
public sealed class HvmBed : XenBed
{
    private readonly Dictionary<string, Kept<HvmLife>> _lives = [];

    /// <summary>Makes a bed that is not booted yet.</summary>
    public HvmBed()
        : base("hvm")
    {
    }

    /// <summary>Returns the observations of a guest's life.</summary>
    internal async Task<HvmLife> LifeAsync(string name)
    {
        if (!Suite.Current.HasHvm) Assert.Skip($"not run: {Suite.Current.Name} has no device model for HVM guests.");
        var dom0 = await RequireAsync();
        if (!_lives.TryGetValue(name, out var life)) _lives[name] = life = new(host => HvmLife.ObserveAsync(host, name));
        return await life.OfAsync(dom0);
    }

    private protected override Task PrepareAsync(Dom0 dom0) => Task.CompletedTask;

    private protected override void Forget() => _lives.Clear();
}
