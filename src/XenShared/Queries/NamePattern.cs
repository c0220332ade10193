using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Represents a requested domain name.</summary>
/// <param name="Text">The text that the user gave.</param>
/// <param name="HasWildcards">Whether the text has wildcards. It is an error if no domain matches a text without wildcards, but not if none
/// matches a pattern.</param>
/// <param name="Matches">Determines whether a name matches. Each front end gives its own comparison, because the wildcards of PowerShell
/// and of <c>xenshared</c> differ.</param>
public sealed record NamePattern(string Text, bool HasWildcards, Predicate<string> Matches)
{
    /// <summary>Creates the error for a name that no domain has.</summary>
    public XenException NotFound(IXenDataSource target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new XenException(
            XenErrorId.DomainNotFound,
            $"No domain on {target.DisplayName} is named '{Text}'",
            "list the domains to see their names")
        {
            DomainName = Text,
        };
    }
}
