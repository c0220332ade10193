namespace XenShared.Guests.Locating;

/// <summary>Recognizes a kind of page in guest memory.</summary>
public interface IPagePattern
{
    /// <summary>Determines whether a page may be one; cheap, for nearly all pages are none.</summary>
    bool Resembles(ReadOnlySpan<byte> page);
}
