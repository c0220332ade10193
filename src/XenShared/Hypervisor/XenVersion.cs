namespace XenShared.Hypervisor;

/// <summary>Represents the version of a hypervisor.</summary>
/// <param name="Major">The major version, such as 4.</param>
/// <param name="Minor">The minor version, such as 17.</param>
/// <param name="Extra">The rest, such as <c>.7</c>.</param>
public sealed record XenVersion(int Major, int Minor, string Extra)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}{Extra}";
}
