using System.Runtime.InteropServices;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>
/// Reads the status of ports (<c>EVTCHNOP_status</c>), up to 1,024 in one hypercall: a multicall needs about a fiftieth of the time of
/// single calls. If libxencall is missing or the multicall is refused, each port is read separately.
/// </summary>
internal sealed unsafe class EventChannelPorts : IDisposable
{
    public const int MaximumBatch = 1024;

    // A typical guest has 64 or 128 ports, so the first batch is small.
    private const int FirstBatch = 128;

    // The limit of FIFO channels (EVTCHN_FIFO_NR_CHANNELS).
    private const uint MaximumPorts = 1 << 17;

    private const uint MulticallHypercall = 13;
    private const uint EventChannelHypercall = 32;
    private const ulong StatusCommand = 5;
    private const string Operation = "EVTCHNOP_status";

    // The largest errno (MAX_ERRNO, xen/include/xen/err.h).
    private const long MaximumErrno = 4095;

    private readonly XenControl _control;
    private readonly object _lock = new();
    private readonly XenCall? _calls;

    public EventChannelPorts(XenControl control)
    {
        _control = control;
        try
        {
            _calls = XenCall.Open(MaximumBatch * (sizeof(MulticallEntryNative) + sizeof(EventChannelStatusNative)));
        }
        catch (XenException)
        {
            // Each port is asked for by itself then.
        }
    }

    /// <summary>Returns all ports of a domain.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>, ...</exception>
    public PortTable Read(ushort domId)
    {
        if (_calls is null) return Read(domId, null);
        // There is one buffer, so only one reader at a time, and no reader after it is freed.
        lock (_lock)
        {
            using var pin = _calls.Pin();
            return Read(domId, (MulticallEntryNative*)pin.Address);
        }
    }

    private PortTable Read(ushort domId, MulticallEntryNative* entries)
    {
        var statuses = (EventChannelStatusNative*)(entries + MaximumBatch);
        var bound = new List<EventChannelStatus>();
        var batch = FirstBatch;
        for (uint first = 0; first < MaximumPorts; first += (uint)batch, batch = MaximumBatch)
        {
            var inMulticall = entries is not null && TryMulticall(domId, first, batch, entries, statuses);
            for (var index = 0; index < batch; index++)
            {
                var port = first + (uint)index;
                var status = inMulticall ? statuses[index] : new EventChannelStatusNative { DomId = domId, Port = port };
                var errno = inMulticall ? ErrnoOf(entries[index].Result, domId, port) : ReadStatus(ref status);
                // A domain that is being torn down has no ports, not even port 0.
                if (errno == Errno.EINVAL) return new PortTable(port, bound);
                Add(bound, domId, port, errno, status);
            }
            // Xen consumes at most some hundreds of ports of a guest. After this many refusals in a row, the whole domain is refused.
            if (
                batch == MaximumBatch
                && bound.Count >= batch
                && bound[^batch].Port == first
                && bound.FindIndex(bound.Count - batch, port => port.State is not null) < 0)
                throw XenErrorMap.PortCall(Operation, Errno.EACCES, domId, first);
        }
        return new PortTable(MaximumPorts, bound);
    }

    /// <inheritdoc/>
    public void Dispose() => _calls?.Dispose();

    private static void Add(List<EventChannelStatus> bound, ushort domId, uint port, int errno, in EventChannelStatusNative status)
    {
        // Port 0 is never used, so a refusal there applies to the domain. At other ports, it hides a port that Xen consumes (4.15 to 4.18).
        if (errno == Errno.EACCES && port > 0)
        {
            bound.Add(new EventChannelStatus(port, State: null));
            return;
        }
        if (errno != 0)
            throw XenErrorMap.PortCall(Operation, errno, domId, port);
        if (status.Status != 0 && status.Vcpu >= DomainInfo.MaximumVcpus)
            throw XenErrorMap.ImpossibleNumber(Operation, domId, $"vCPU of port {port}", status.Vcpu, port);
        if (ToReading(port, status) is { State: not ChannelState.Closed } reading)
            bound.Add(reading);
    }

    private static int ErrnoOf(long result, ushort domId, uint port) => result is <= 0 and >= -MaximumErrno
        ? (int)-result
        : throw XenErrorMap.ImpossibleNumber(Operation, domId, $"answer about port {port}", (ulong)result, port);

    private static EventChannelStatus ToReading(uint port, in EventChannelStatusNative status) => status.Status switch
    {
        0 => new EventChannelStatus(port, ChannelState.Closed),
        1 => new EventChannelStatus(port, ChannelState.Unbound, (int)status.Vcpu, RemoteDomId: status.RemoteDomId),
        2 => new EventChannelStatus(port, ChannelState.Interdomain, (int)status.Vcpu, status.RemoteDomId, status.RemotePort),
        3 => new EventChannelStatus(port, ChannelState.PhysicalIrq, (int)status.Vcpu, Irq: status.Irq),
        4 => new EventChannelStatus(port, ChannelState.VirtualIrq, (int)status.Vcpu, Irq: status.Irq),
        5 => new EventChannelStatus(port, ChannelState.Ipi, (int)status.Vcpu),
        // An unknown status of a newer version still is a port.
        _ => new EventChannelStatus(port, State: null),
    };

    private bool TryMulticall(ushort domId, uint first, int count, MulticallEntryNative* entries, EventChannelStatusNative* statuses)
    {
        for (var index = 0; index < count; index++)
        {
            // Cleared again, because Xen does not write the union if the status has none.
            statuses[index] = new EventChannelStatusNative { DomId = domId, Port = first + (uint)index };
            entries[index] = new MulticallEntryNative
            {
                Operation = EventChannelHypercall,
                Argument0 = StatusCommand,
                Argument1 = (ulong)(statuses + index),
            };
        }
        return _calls!.Call(MulticallHypercall, (ulong)entries, (ulong)count) == 0;
    }

    private int ReadStatus(ref EventChannelStatusNative status)
    {
        fixed (EventChannelStatusNative* pinned = &status)
            return XenControl.xc_evtchn_status(_control.Interface, pinned) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }
}
