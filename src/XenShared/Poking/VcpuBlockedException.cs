namespace XenShared.Poking;

/// <summary>Ends the writing of steps, so that the frame is unmapped, if a vCPU is blocked just after its upcall was set.</summary>
internal sealed class VcpuBlockedException(PokeStep step) : Exception
{
    /// <summary>Gets the step that set the upcall of the blocked vCPU.</summary>
    public PokeStep Step => step;
}
