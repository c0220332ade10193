namespace XenShared.Guests.Locating;

/// <summary>What a page that is looked for looks like.</summary>
public interface IPagePattern
{
    /// <summary>Determines whether a page may be one; cheap, for nearly all pages are none.</summary>
    bool Resembles(ReadOnlySpan<byte> page);
}
