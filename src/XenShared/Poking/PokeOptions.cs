namespace XenShared.Poking;

/// <summary>Specifies how requests are executed.</summary>
public sealed record PokeOptions
{
    /// <summary>
    /// Gets the maximum time to sample a live page, to distinguish live vCPU records from frozen ones. Only pokes that need it sample.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = TimeSpan.FromSeconds(3.2);

    /// <summary>Gets the path of the audit log; null for none.</summary>
    public string? LogPath { get; init; }

    /// <summary>Gets the locator of places outside the page; null if such places must not be written.</summary>
    public IPokeLocator? Locator { get; init; }

    /// <summary>Gets the disabled guards, for tests that show their purpose.</summary>
    internal IReadOnlySet<PokeGuard> DisabledGuards { get; init; } = new HashSet<PokeGuard>();
}
