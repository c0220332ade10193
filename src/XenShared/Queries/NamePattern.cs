using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Represents a requested domain name.</summary>
/// <param name="Text">The text that the user gave.</param>
/// <param name="HasWildcards">Whether the text has wildcards. A name without wildcards and without a match is an error.</param>
/// <param name="Matches">Compares names as the front end does. The wildcards of PowerShell and of the shell differ.</param>
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
