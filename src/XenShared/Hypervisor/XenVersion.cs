namespace XenShared.Hypervisor;

/// <summary>Version of a running hypervisor.</summary>
/// <param name="Major">4.</param>
/// <param name="Minor">17, say.</param>
/// <param name="Extra">What follows, such as <c>.7</c>.</param>
public sealed record XenVersion(int Major, int Minor, string Extra)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}{Extra}";
}
