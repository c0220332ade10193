namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Keeps an observation that many tests use. An observation that failed is repeated once, for the next test, so that one failure of an
/// emulated host fails one test and not all of them.
/// </summary>
internal sealed class Kept<T>(Func<Dom0, Task<T>> observe)
{
    private const int Attempts = 2;

    private Task<T>? _observed;
    private int _attempts;

    /// <summary>Returns the observation, and makes it if necessary.</summary>
    public Task<T> OfAsync(Dom0 dom0)
    {
        if (_observed is null || (_observed.IsFaulted && _attempts < Attempts))
        {
            _attempts++;
            _observed = observe(dom0);
        }
        return _observed;
    }

    /// <summary>Discards the observation, because it is of another host.</summary>
    public void Forget() => (_observed, _attempts) = (null, 0);
}
