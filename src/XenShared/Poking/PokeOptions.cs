namespace XenShared.Poking;

/// <summary>Specifies how requests are executed.</summary>
public sealed record PokeOptions
{
    /// <summary>
    /// Gets the maximum time for sampling the page of a live guest, which shows whether its <c>vcpu_info</c> slots are live or frozen
    /// copies. Only pokes that depend on this take samples.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = TimeSpan.FromSeconds(3.2);

    /// <summary>Gets the path of the audit log; null for none.</summary>
    public string? LogPath { get; init; }

    /// <summary>
    /// Gets the locator of event words and <c>vcpu_info</c> structures outside the shared page; null if they must not be written.
    /// </summary>
    public IPokeLocator? Locator { get; init; }

    /// <summary>
    /// Gets the guards that are not checked: those that a repair does not need, and those that a test disables to show their purpose.
    /// </summary>
    internal IReadOnlySet<PokeGuard> DisabledGuards { get; init; } = new HashSet<PokeGuard>();
}
