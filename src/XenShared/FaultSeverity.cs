namespace XenShared;

/// <summary>Specifies the severity of a fault. Higher values are more severe, so a filter can compare them.</summary>
public enum FaultSeverity
{
    /// <summary>A hint that can explain another fault, or a possible fault that a single sample cannot prove.</summary>
    Information,

    /// <summary>Something is wrong and may affect the guest, now or later.</summary>
    Warning,

    /// <summary>A part of the guest hangs, or will hang at its next event.</summary>
    Critical,
}
