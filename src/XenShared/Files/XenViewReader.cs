using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>Reads the lines of a capture that hold Xen's own view of event channels and of domains.</summary>
/// <param name="damaged">Creates the error for the current line from a reason.</param>
internal sealed class XenViewReader(Func<string, XenException> damaged)
{
    /// <summary>
    /// The minor version since which a capture with Xen's view of channels can have domains without channels and states, because it can
    /// have what <c>xl list</c> and <c>xenstore-ls</c> printed.
    /// </summary>
    public const int MinorOfTools = 10;

    private readonly Dictionary<ushort, HypervisorDomain> _domains = [];
    private readonly Dictionary<ushort, HypervisorDomainState> _states = [];
    private ushort _domain;
    private int _nextPort;

    /// <summary>Adds the line that begins Xen's view.</summary>
    public void AddView(HostCapture capture, CaptureXenViewLine line)
    {
        if (capture.Channels is not null) throw damaged("it has two headers of Xen's view of channels");
        capture.Channels = new HypervisorChannels(line.TakenAt, _domains, line.AllDomains);
        capture.ChannelsRemark = line.Remark;
    }

    /// <summary>Adds the state of a domain and its vCPUs.</summary>
    public void AddState(HostCapture capture, CapturedDomain domain, CaptureXenDomainLine line)
    {
        capture.DomainStates ??= new HypervisorDomainStates(line.TakenAt, _states) { Remark = line.Remark };
        if ((capture.DomainStates.TakenAt, capture.DomainStates.Remark) != (line.TakenAt, line.Remark))
            throw damaged("the lines of the states of domains do not agree");
        var vcpus = new List<HypervisorVcpu>();
        foreach (var vcpu in line.Vcpus ?? throw damaged("it has no vCPUs"))
        {
            if (vcpu is null
                || vcpu.Vcpu is < 0 or >= DomainInfo.MaximumVcpus
                || vcpus.Count > 0 && vcpu.Vcpu <= vcpus[^1].Vcpu
                || vcpu.Pauses < 0
                || vcpu.PauseFlags < 0
                || vcpu.Cpu is < 0 or > VcpuListLine.HighestCpu
                || vcpu.State is { } listed && !Enum.IsDefined(listed)
                || vcpu.HardAffinity is { Length: > VcpuListLine.LongestAffinity }
                || vcpu.SoftAffinity is { Length: > VcpuListLine.LongestAffinity })
                throw damaged($"a vCPU of domain {line.Domid} is out of range or out of order");
            vcpus.Add(
                new HypervisorVcpu(
                    vcpu.Vcpu,
                    vcpu.Running,
                    vcpu.PolledPort,
                    vcpu.Pending,
                    vcpu.Masked,
                    vcpu.Pauses,
                    (VcpuPauseFlags?)vcpu.PauseFlags)
                {
                    ListedState = vcpu.State,
                    PendingSelector = vcpu.Selector,
                    Cpu = vcpu.Cpu,
                    HardAffinity = vcpu.HardAffinity,
                    SoftAffinity = vcpu.SoftAffinity,
                });
        }
        if (line.Output is { } output && !Enum.IsDefined(output)) throw damaged($"the state of domain {line.Domid} is of an unknown kind");
        if (line.References < 0 || line.Pauses < 0 || line.Whole && (vcpus.Count == 0 || vcpus[^1].Vcpu != vcpus.Count - 1))
            throw damaged($"the state of domain {line.Domid} contradicts itself");
        var state = new HypervisorDomainState(line.Domid, vcpus, line.Whole)
        {
            Output = line.Output ?? StateOutput.DebugKey,
            ReferenceCount = line.References,
            IsDying = line.Dying,
            PauseCount = line.Pauses,
            Pages = domain.Reading.TotalPages,
            Uuid = domain.Reading.Uuid,
        };
        if (!_states.TryAdd(line.Domid, state)) throw damaged($"the state of domain {line.Domid} occurs twice");
        domain.HypervisorState = state;
    }

    /// <summary>
    /// Adds a line with Xen's view of ports. It has no bindings; these were in the earlier lines of the domain's ports, in the same order.
    /// </summary>
    public void AddPorts(HostCapture capture, CapturedDomain domain, CaptureXenPortsLine line)
    {
        if (capture.Channels is null || !Enum.IsDefined(line.Abi)) throw damaged($"Xen's view of domain {line.Domid} has an unknown kind");
        if (domain.Hypervisor is not { Ports: Dictionary<uint, HypervisorPort> ports })
        {
            ports = [];
            if (line.Polling is { } polling && polling.Any(vcpu => vcpu is < 0 or >= DomainInfo.MaximumVcpus))
                throw damaged($"Xen's view of domain {line.Domid} names a vCPU that cannot exist");
            _domains[line.Domid] = domain.Hypervisor = new HypervisorDomain(line.Domid, line.Abi, ports, line.Whole)
            {
                PollingVcpus = line.Polling,
                IsFromGuest = line.FromGuest == true,
            };
            _nextPort = 0;
            _domain = line.Domid;
        }
        if (_domain != line.Domid)
            throw damaged($"the lines of Xen's view of domain {line.Domid} are not together");
        if ((domain.Hypervisor.Abi, domain.Hypervisor.IsComplete, domain.Hypervisor.IsFromGuest)
            != (line.Abi, line.Whole, line.FromGuest == true))
            throw damaged($"the lines of Xen's view of domain {line.Domid} do not agree");
        foreach (var port in line.Ports ?? throw damaged("it has no ports"))
        {
            if (port is null) throw damaged("it has no port");
            // For a FIFO channel, Xen prints the bits LINKED and BUSY, always both. For a two-level channel, it prints the selector
            // instead. The line of a port shows its ABI, so the ABI of a domain with a port is known. Other combinations show a damaged
            // capture.
            if (line.Abi == EventAbi.Unknown
                || port.Linked is null != port.Busy is null
                || port.Linked is not null && line.Abi != EventAbi.Fifo
                || port.Selector is not null && line.Abi != EventAbi.TwoLevel)
                throw damaged($"Xen's view of port {port.Port} of domain {line.Domid} does not fit the domain's event ABI");
            while (_nextPort < domain.Ports.Count && domain.Ports[_nextPort].Port < port.Port)
                _nextPort++;
            var bound = _nextPort < domain.Ports.Count ? domain.Ports[_nextPort] : default;
            if (_nextPort >= domain.Ports.Count
                || bound.State is null != domain.Hypervisor.IsFromGuest
                || bound.Port != port.Port)
                throw damaged($"Xen's view of domain {line.Domid} shows port {port.Port}, which is not among its ports, or not in order");
            _nextPort++;
            if (port.WhyUnknown is null == port.Pending is null
                || port.Pending is null != port.Masked is null
                || port.XenConsumes && port.WhyUnknown is null)
                throw damaged($"Xen's view of port {port.Port} of domain {line.Domid} contradicts itself");
            ports[port.Port] = new HypervisorPort(
                port.Port,
                bound.State,
                bound.Vcpu,
                port.XenConsumes,
                line.Abi,
                port.Pending,
                port.Masked,
                port.Linked,
                port.Busy,
                port.WhyUnknown)
            {
                InSelector = port.Selector,
                RemoteDomId = bound.RemoteDomId,
                RemotePort = bound.RemotePort,
                Irq = bound.Irq,
            };
        }
    }
}
