namespace XenShared.Guests.Locating;

/// <summary>Recognizes a kind of page in guest memory.</summary>
public interface IPagePattern
{
    /// <summary>Determines whether a page can match. It must be fast, because almost no page matches.</summary>
    bool Resembles(ReadOnlySpan<byte> page);
}
