namespace XenShared.Poking;

/// <summary>Ends the writing of steps, and the mapping with it, when a vCPU turns out to be blocked.</summary>
internal sealed class VcpuBlockedException(PokeStep step) : Exception
{
    /// <summary>Gets the step that was written to a blocked vCPU.</summary>
    public PokeStep Step => step;
}
