namespace XenShared.Benchmarks;

/// <summary>Holds the number of domains that the large benchmarks use.</summary>
internal static class HostSize
{
    /// <summary>Gets or sets the number; a short run has fewer.</summary>
    public static int Domains { get; set; } = 1000;
}
