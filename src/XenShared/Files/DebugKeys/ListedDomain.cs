using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>Represents a domain in the output of <c>xl list</c>.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="Name">Its name; null if the toolstack had none.</param>
/// <param name="State">Its state.</param>
/// <param name="ShutdownReason">The reason of its shutdown; null if it has not shut down, or if the reason is not known.</param>
/// <param name="OnlineVcpus">The number of its online vCPUs.</param>
/// <param name="CpuTimeNanoseconds">The processor time that it has used. <c>xl</c> prints tenths of a second.</param>
public sealed record ListedDomain(
    ushort DomId,
    string? Name,
    DomainState State,
    ShutdownReason? ShutdownReason,
    int OnlineVcpus,
    ulong CpuTimeNanoseconds)
{
    /// <summary>Gets the UUID, which only <c>xl list -v</c> prints; otherwise null.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Returns the data of a domain, with what only <c>xl list</c> shows added to it.</summary>
    /// <param name="known">The data from Xen's output, which is preferred.</param>
    public DomainInfo AddTo(DomainInfo known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var state = known.State ?? State;
        return known with
        {
            Uuid = known.Uuid ?? Uuid,
            State = state,
            // The outputs have different times. A reason of a shutdown does not belong to a domain that has not shut down.
            ShutdownReason = state is DomainState.Running or DomainState.Blocked or DomainState.Runnable or DomainState.Paused
                ? null
                : known.ShutdownReason ?? ShutdownReason,
            OnlineVcpus = known.OnlineVcpus ?? OnlineVcpus,
            CpuTimeNanoseconds = known.CpuTimeNanoseconds ?? CpuTimeNanoseconds,
        };
    }
}
