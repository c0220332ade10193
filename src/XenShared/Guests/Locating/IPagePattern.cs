namespace XenShared.Guests.Locating;

/// <summary>Recognizes a kind of page in guest memory.</summary>
public interface IPagePattern
{
    /// <summary>Determines whether a page can match. This method must be fast, because a search calls it for every page.</summary>
    bool Resembles(ReadOnlySpan<byte> page);
}
