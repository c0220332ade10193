namespace XenShared.Files.DebugKeys;

/// <summary>Adds the vCPUs of <c>xl vcpu-list</c> to the states of domains.</summary>
internal static class ListedVcpus
{
    /// <summary>
    /// Returns the states with the listed vCPUs. What debug key <c>q</c> printed is kept, because it is more; processors and affinities are
    /// added to it.
    /// </summary>
    /// <param name="states">The states from debug key <c>q</c>; null if the text has none.</param>
    /// <param name="listed">The vCPUs by domain.</param>
    public static HypervisorDomainStates? AddTo(
        HypervisorDomainStates? states,
        IReadOnlyDictionary<ushort, List<ListedVcpu>> listed)
    {
        if (listed.Count == 0) return states;
        var domains = states is null ? [] : new Dictionary<ushort, HypervisorDomainState>(states.Domains);
        foreach (var (domId, vcpus) in listed)
        {
            domains[domId] = domains.TryGetValue(domId, out var known)
                ? known with { Vcpus = AddTo(known.Vcpus, vcpus) }
                // Nothing shows that no line is missing at the end of the output.
                : new HypervisorDomainState(domId, [.. vcpus.Select(ToState)], HasAllVcpus: false) { Output = StateOutput.VcpuList };
        }
        return (states ?? new HypervisorDomainStates(null, domains)) with { Domains = domains };
    }

    private static HypervisorVcpu[] AddTo(IReadOnlyList<HypervisorVcpu> known, List<ListedVcpu> listed)
    {
        var byNumber = listed.ToDictionary(vcpu => vcpu.Vcpu);
        return [.. known.Select(vcpu => byNumber.TryGetValue(vcpu.Vcpu, out var more) ? Add(vcpu, more) : vcpu)];
    }

    private static HypervisorVcpu ToState(ListedVcpu vcpu) =>
        Add(new HypervisorVcpu(vcpu.Vcpu, vcpu.State == VcpuState.Running, null, null, null, null, null), vcpu) with
        {
            ListedState = vcpu.State,
        };

    private static HypervisorVcpu Add(HypervisorVcpu vcpu, ListedVcpu listed) =>
        vcpu with { Cpu = listed.Cpu, HardAffinity = listed.HardAffinity, SoftAffinity = listed.SoftAffinity };
}
