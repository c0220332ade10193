namespace XenShared.Poking;

/// <summary>Specifies the options of pokes.</summary>
public sealed record PokeOptions
{
    /// <summary>Goes on where guards object, except where memory that is not the field's would be written.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Gets how long a live page is watched at most, to tell live vCPU records from frozen ones; only pokes that need it watch.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = TimeSpan.FromSeconds(3.2);

    /// <summary>Gets where every poke is written down; null for nowhere.</summary>
    public string? LogPath { get; init; }

    /// <summary>Tells places outside the page; null when nobody can, and then they are not written.</summary>
    public IPokeLocator? Locator { get; init; }

    /// <summary>Guards that are left out, so that tests can show what they are for.</summary>
    internal IReadOnlySet<PokeGuard> DisabledGuards { get; init; } = new HashSet<PokeGuard>();
}
