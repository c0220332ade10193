using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>Creates the lines of a capture from the data of a domain. Long tables become several lines.</summary>
internal static class CaptureLineFactory
{
    // With this number of ports, a line is much shorter than the maximum that readers accept (CaptureLimits.MaximumLineBytes, 1 MiB).
    private const int PortsPerLine = 2048;

    // A line must be shorter than 1 MiB. Each of the two ends of a device needs at most 300,000 bytes: 512 nodes, each with a path of 194
    // characters and a value of 64 characters. A character of a value needs 6 bytes if it is escaped.
    private const int DevicesPerLine = 1;

    // A line must be shorter than 1 MiB. In JSON, a local APIC with all vectors needs 2 KiB, and the longest reason for a missing value 6
    // KiB, if all of its characters are escaped. 64 times 8 KiB are 512 KiB.
    private const int ContextsPerLine = 64;

    // A line must be shorter than 1 MiB. A node has a path of up to 3 KiB and a value of up to 4 KiB. Both are six times as long if all of
    // their characters are escaped. 16 times 42 KiB are 672 KiB.
    private const int NodesPerLine = 16;

    public static CaptureDomainLine CreateDomain(CapturedDomain domain) => new()
    {
        Domid = domain.Reading.DomId,
        Name = domain.Name,
        Uuid = domain.Reading.Uuid,
        Type = domain.Reading.Type,
        State = domain.Reading.State,
        ShutdownReason = domain.Reading.ShutdownReason,
        PvWidth = domain.Reading.PvWidth,
        SharedInfoFrame = domain.Reading.SharedInfoFrame,
        CpuTimeNanoseconds = domain.Reading.CpuTimeNanoseconds,
        TotalPages = domain.Reading.TotalPages,
        OnlineVcpus = domain.Reading.OnlineVcpus,
        MaxVcpuId = domain.Reading.MaxVcpuId,
    };

    public static CaptureSampleLine CreateSample(ushort domId, DomainSample sample) => new()
    {
        Domid = domId,
        TakenAt = sample.TakenAt,
        Frame = sample.Frame,
        Page = PackedPage.From(sample.Page),
        Unstable = [.. sample.Unstable],
        Vcpus = [.. sample.Vcpus.Select(Convert)],
    };

    public static IEnumerable<CaptureEventPageLine> CreateEventPages(ushort domId, CapturedDomain domain) =>
        domain.EventPages.Select(page => new CaptureEventPageLine
        {
            Domid = domId,
            TakenAt = domain.EventArrayTakenAt,
            Index = page.Index,
            Pfn = page.Pfn,
            Frame = page.Frame,
            Page = page.Bytes.ToArray(),
            Evidence = domain.EventArrayEvidence,
            Inferred = domain.IsEventArrayInferred ? true : null,
            Source = domain.EventArraySource == StateSource.Kernel ? StateSource.Kernel : null,
        });

    public static IEnumerable<CaptureVcpuRecordLine> CreateVcpuRecords(ushort domId, CapturedDomain domain) =>
        domain.VcpuRecords.Select(record => new CaptureVcpuRecordLine
        {
            Domid = domId,
            TakenAt = record.TakenAt,
            Vcpu = record.Vcpu,
            Pfn = record.Pfn,
            Frame = record.Frame,
            Offset = record.Offset,
            Record = record.Bytes.ToArray(),
            Unstable = record.IsUnstable,
            Evidence = record.Evidence,
            Inferred = record.IsProved ? null : true,
            Source = record.Source == StateSource.Kernel ? StateSource.Kernel : null,
        });

    public static IEnumerable<CaptureVcpuContextsLine> CreateContexts(ushort domId, CapturedDomain domain) =>
        domain.Contexts.Chunk(ContextsPerLine)
            .Select(contexts => new CaptureVcpuContextsLine { Domid = domId, Vcpus = Array.ConvertAll(contexts, Convert) });

    public static IEnumerable<CaptureVcpuSeriesLine> CreateSeries(ushort domId, IReadOnlyList<IReadOnlyList<VcpuContext>> series) =>
        series.SelectMany((contexts, index) =>
            Split(contexts, ContextsPerLine)
                .Select(part =>
                    new CaptureVcpuSeriesLine { Domid = domId, Number = index + 1, Vcpus = Array.ConvertAll([.. part], Convert) }));

    public static CaptureHoldersLine CreateHolders(ushort domId, MappingProcessTable table) => new()
    {
        Domid = domId,
        CutOff = !table.IsComplete,
        Processes = [.. table.Processes.Select(process => new CaptureProcess { Pid = process.ProcessId, Name = process.Name })],
    };

    public static CaptureP2mLine CreateP2m(ushort domId, P2mPages table) =>
        new()
        {
            Domid = domId,
            Entries = table.EntryCount,
            First = table.First,
            Count = table.Count,
        };

    public static IEnumerable<CaptureP2mPageLine> CreateP2mPages(ushort domId, P2mPages table) =>
        table.Pages.Select(page => new CaptureP2mPageLine { Domid = domId, Index = page.Key, Page = page.Value.ToArray() });

    // For a domain without devices, a line without devices is created, because it shows that the devices were read.
    public static IEnumerable<CaptureDevicesLine> CreateDevices(ushort domId, DeviceTable table) =>
        Split(table.Devices, DevicesPerLine).Select(devices => new CaptureDevicesLine
        {
            Domid = domId,
            CutOff = !table.IsComplete,
            Devices =
            [
                .. devices.Select(device => new CaptureDevice
                {
                    Device = device.Kind,
                    Id = device.Id,
                    Frontend = new Dictionary<string, string>(device.Frontend),
                    BackendDomid = device.BackendDomId,
                    BackendKind = device.BackendKind,
                    Backend = new Dictionary<string, string>(device.Backend),
                    HotplugError = device.HotplugError,
                    BackendError = device.BackendError,
                    FrontendError = device.FrontendError,
                }),
            ],
        });

    public static IEnumerable<CaptureXenstoreLine> CreateNodes(ushort domId, CapturedDomain domain) =>
        domain.DeviceNodes.Chunk(NodesPerLine)
            .Select(nodes => new CaptureXenstoreLine { Domid = domId, Nodes = new Dictionary<string, string>(nodes) });

    // For a domain without bound ports, a line without ports is created, because it shows that the ports were read.
    public static IEnumerable<CapturePortsLine> CreatePorts(ushort domId, uint validPorts, CapturedDomain domain) =>
        Split(domain.Ports, PortsPerLine).Select(ports => new CapturePortsLine
        {
            Domid = domId,
            ValidPorts = validPorts,
            Listing = domain.PortTableCompleteness == PortTableCompleteness.Complete ? null : domain.PortTableCompleteness,
            Ports =
            [
                .. ports.Select(port => new CapturePort
                {
                    Port = port.Port,
                    State = port.State,
                    Vcpu = port.Vcpu,
                    RemoteDomid = port.RemoteDomId,
                    RemotePort = port.RemotePort,
                    Irq = port.Irq,
                }),
            ],
        });

    public static IEnumerable<CaptureXenPortsLine> CreateXenPorts(HypervisorDomain view, CapturedDomain domain)
    {
        HypervisorPort[] known =
        [
            .. domain.Ports.Where(port => view.Ports.ContainsKey(port.Port)).Select(port => view.Ports[port.Port]),
        ];
        return Split(known, PortsPerLine).Select(ports => new CaptureXenPortsLine
        {
            Domid = view.DomId,
            Abi = view.Abi,
            Whole = view.IsComplete,
            FromGuest = view.IsFromGuest ? true : null,
            Polling = view.PollingVcpus is { } polling ? [.. polling] : null,
            Ports =
            [
                .. ports.Select(port => new CaptureXenPort
                {
                    Port = port.Port,
                    Pending = port.Pending,
                    Masked = port.Masked,
                    Linked = port.Linked,
                    Busy = port.Busy,
                    Selector = port.InSelector,
                    XenConsumes = port.IsConsumedByXen,
                    WhyUnknown = port.WhyUnknown,
                }),
            ],
        });
    }

    public static CaptureXenDomainLine CreateXenDomain(HypervisorDomainState state, HypervisorDomainStates states) => new()
    {
        Domid = state.DomId,
        TakenAt = states.TakenAt,
        Remark = states.Remark,
        Whole = state.HasAllVcpus,
        Output = state.Output == StateOutput.DebugKey ? null : state.Output,
        References = state.ReferenceCount,
        Dying = state.IsDying,
        Pauses = state.PauseCount,
        Vcpus =
        [
            .. state.Vcpus.Select(vcpu => new CaptureXenVcpu
            {
                Vcpu = vcpu.Vcpu,
                Running = vcpu.IsRunning,
                PolledPort = vcpu.PolledPort,
                Pending = vcpu.UpcallPending,
                Masked = vcpu.UpcallMask,
                Pauses = vcpu.PauseCount,
                PauseFlags = (int?)vcpu.PauseFlags,
                State = vcpu.ListedState,
                Selector = vcpu.PendingSelector,
                Cpu = vcpu.Cpu,
                HardAffinity = vcpu.HardAffinity,
                SoftAffinity = vcpu.SoftAffinity,
            }),
        ],
    };

    public static CaptureErrorLine CreateError(ushort? domId, string part, CapturedError error) => new()
    {
        Domid = domId,
        Part = part,
        Id = error.Id,
        Message = error.Message,
        Operation = error.Operation,
        Errno = error.Errno,
        Hint = error.Hint,
    };

    private static CaptureVcpu Convert(VcpuRunState vcpu) => new()
    {
        Vcpu = vcpu.Vcpu,
        Online = vcpu.Online,
        Blocked = vcpu.Blocked,
        Running = vcpu.Running,
        CpuTimeNanoseconds = vcpu.CpuTimeNanoseconds,
    };

    private static CaptureVcpuContext Convert(VcpuContext context) => new()
    {
        Vcpu = context.Vcpu,
        Run = context.Run is { } run ? Convert(run) : null,
        Online = context.IsOnline,
        InstructionPointer = context.InstructionPointer,
        InterruptFlag = context.InterruptFlag,
        EventCallback = context.EventCallback,
        CallbackIrq = context.CallbackIrq,
        Apic = context.Apic is { } apic
            ? new CaptureApic
            {
                Enabled = apic.IsEnabled,
                TaskPriority = apic.TaskPriority,
                Requested = [.. apic.Requested],
                InService = [.. apic.InService],
            }
            : null,
        WhyUnknown = context.WhyUnknown,
    };

    // Splits a table into parts of at most perLine elements, each for one line. An empty table becomes one empty part, so that it has a
    // line too.
    private static IEnumerable<T[]> Split<T>(IReadOnlyCollection<T> table, int perLine) =>
        table.Count == 0 ? [[]] : table.Chunk(perLine);
}
