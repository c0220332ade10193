namespace XenShared;

/// <summary>Specifies the severity of a fault. Higher values are more severe, so a filter can compare them.</summary>
public enum FaultSeverity
{
    /// <summary>Worth knowing when something else is wrong; often what one look cannot prove.</summary>
    Information,

    /// <summary>Something is not as it should be, and the guest may feel it, now or later.</summary>
    Warning,

    /// <summary>A part of the guest stands still, or will at its next event.</summary>
    Critical,
}
