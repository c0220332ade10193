namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// What is looked at once and asked by many tests. A look that failed is taken once more, for the next test that asks: one hiccup of an
/// emulated host fails one test and not all of them.
/// </summary>
internal sealed class Kept<T>(Func<Dom0, Task<T>> observe)
{
    private const int Attempts = 2;

    private Task<T>? _observed;
    private int _attempts;

    /// <summary>What was seen, or is seen now.</summary>
    public Task<T> OfAsync(Dom0 dom0)
    {
        if (_observed is null || (_observed.IsFaulted && _attempts < Attempts))
        {
            _attempts++;
            _observed = observe(dom0);
        }
        return _observed;
    }

    /// <summary>Forgets it: the host is another one.</summary>
    public void Forget() => (_observed, _attempts) = (null, 0);
}
