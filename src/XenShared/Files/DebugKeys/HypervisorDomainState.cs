using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>Represents the state of a domain and its vCPUs as Xen's debug key <c>q</c>, or <c>xl vcpu-list</c>, prints it.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="Vcpus">The vCPUs with complete lines, lowest number first.</param>
/// <param name="HasAllVcpus">Whether no vCPU can be missing.</param>
public sealed record HypervisorDomainState(ushort DomId, IReadOnlyList<HypervisorVcpu> Vcpus, bool HasAllVcpus)
{
    /// <summary>Gets the output from which the state was read.</summary>
    public StateOutput Output { get; init; }

    /// <summary>Gets the number of references to the domain, which keep it from being freed; null if its line is missing.</summary>
    public int? ReferenceCount { get; init; }

    /// <summary>Gets a value indicating whether the domain is being destroyed; null if its line is missing.</summary>
    public bool? IsDying { get; init; }

    /// <summary>
    /// Gets how often the domain has been paused and not yet unpaused (<c>pause_count</c>); null before Xen 4.2, or if its line is missing.
    /// </summary>
    public int? PauseCount { get; init; }

    /// <summary>Gets the number of the domain's pages; null if their line is missing.</summary>
    public ulong? Pages { get; init; }

    /// <summary>Gets the UUID; null if its line is missing.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Gets the state; null if the lines do not show it. Xen does not print whether a guest has shut down.</summary>
    public DomainState? State
    {
        get
        {
            if (IsDying == true) return DomainState.Dying;
            if (IsDying is null) return null;
            if (Vcpus.Any(vcpu => vcpu.IsRunning)) return DomainState.Running;
            // Xen does not print whether the guest has shut down. A shutdown pauses every vCPU. So if any vCPU is not paused, the guest has
            // not shut down. If there is no such vCPU, the state is not known.
            if (PauseCount is null || !HasAllVcpus || !Vcpus.Any(vcpu => vcpu.PauseCount == 0)) return null;
            if (PauseCount > 0) return DomainState.Paused;
            if (Vcpus.Any(vcpu => vcpu.PauseFlags is null)) return null;
            var online = Vcpus.Where(vcpu => !vcpu.PauseFlags!.Value.HasFlag(VcpuPauseFlags.Down)).ToArray();
            return online.All(vcpu => vcpu.PauseFlags!.Value.HasFlag(VcpuPauseFlags.Blocked)) ? DomainState.Blocked : DomainState.Runnable;
        }
    }

    /// <summary>Returns the state of a vCPU; null if the lines do not show it.</summary>
    public VcpuState? StateOf(HypervisorVcpu vcpu) =>
        Output != StateOutput.DebugKey ? vcpu.ListedState
        : vcpu.PauseFlags?.HasFlag(VcpuPauseFlags.Down) == true ? VcpuState.Offline
        : vcpu.IsRunning ? VcpuState.Running
        : vcpu.PauseFlags is not { } flags ? null
        : PauseCount > 0 || vcpu.PauseCount > 0 ? VcpuState.Paused
        : flags != 0 ? VcpuState.Blocked
        // No flag is set, so this vCPU is ready to run or paused. It is ready if the pause counts of the domain and of the vCPU are both 0.
        // The state is null if one of them is missing.
        : PauseCount is null || vcpu.PauseCount is null ? null
        : VcpuState.Runnable;

    /// <summary>Returns the data of the domain.</summary>
    public DomainInfo ToDomainInfo()
    {
        var hasFlags = HasAllVcpus && Vcpus.All(vcpu => vcpu.PauseFlags is not null);
        return new DomainInfo
        {
            DomId = DomId,
            Uuid = Uuid,
            State = State,
            TotalPages = Pages,
            MaxVcpuId = HasAllVcpus && Vcpus.Count > 0 ? Vcpus[^1].Vcpu : null,
            OnlineVcpus = hasFlags ? Vcpus.Count(vcpu => !vcpu.PauseFlags!.Value.HasFlag(VcpuPauseFlags.Down)) : null,
        };
    }
}
