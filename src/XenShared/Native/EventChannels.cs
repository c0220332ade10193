using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>
/// Reads the status of ports (<c>EVTCHNOP_status</c>) and sends events (<c>EVTCHNOP_send</c>) through libxencall
/// (<c>tools/include/xencall.h</c>), which has a stable ABI. One multicall reads up to 1,024 ports, about 50 times as fast as single calls.
/// If libxencall is missing or Xen refuses the multicall, each port is read separately through libxenctrl.
/// </summary>
internal sealed unsafe partial class EventChannels : IDisposable
{
    public const int MaximumBatch = 1024;

    // The number of ports that are read first. It is small, because a typical guest has 64 or 128 ports.
    private const int FirstBatch = 128;

    // The maximum number of ports of a domain, with the FIFO ABI (EVTCHN_FIFO_NR_CHANNELS).
    private const uint MaximumPorts = 1 << 17;

    private const uint MulticallHypercall = 13;
    private const uint EventChannelHypercall = 32;
    private const ulong SendCommand = 4;
    private const ulong StatusCommand = 5;
    private const string StatusOperation = "EVTCHNOP_status";

    // The largest errno (MAX_ERRNO, xen/include/xen/err.h). A call in a multicall returns 0 or a negative errno, so a result below
    // -MaximumErrno is impossible.
    private const long MaximumErrno = 4095;

    private readonly XenControl _control;
    private readonly object _lock = new();
    private Handle? _handle;

    // The memory for the arguments of a hypercall. All calls share it, so only one thread at a time may use it.
    private Buffer? _buffer;

    /// <summary>Opens libxencall if possible. If it cannot be opened, ports can be read nevertheless, but no event can be sent.</summary>
    public EventChannels(XenControl control)
    {
        _control = control;
        try
        {
            OpenCalls();
        }
        catch (XenException)
        {
            // Without libxencall, ReadPorts uses libxenctrl for each port. Send tries to open libxencall again.
        }
    }

    /// <summary>Returns the port table of a domain.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/> or
    /// <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    public PortTable ReadPorts(ushort domId)
    {
        lock (_lock)
        {
            if (_buffer is null) return ReadPorts(domId, null);
            using var pin = Pin();
            return ReadPorts(domId, (MulticallEntryNative*)pin.Address);
        }
    }

    /// <summary>Opens libxencall if it is not open yet. After this, <see cref="Send"/> cannot fail because libxencall is missing.</summary>
    /// <exception cref="XenException">libxencall is missing, or cannot be opened: this machine does not run on Xen, denies access, or has
    /// not enough memory.</exception>
    public void PrepareToSend()
    {
        lock (_lock) OpenCalls();
    }

    /// <summary>
    /// Sends an event on a port of the domain in which this program runs. Xen delivers it to the other end of the channel.
    /// </summary>
    /// <param name="localPort">The port of the domain in which this program runs.</param>
    /// <param name="domId">The domain at the other end, for error messages.</param>
    /// <param name="port">The port of the domain at the other end, for error messages.</param>
    public void Send(uint localPort, ushort domId, uint port)
    {
        lock (_lock)
        {
            OpenCalls();
            using var argument = Pin();
            *(uint*)argument.Address = localPort;
            if (xencall2(_handle, EventChannelHypercall, SendCommand, (ulong)argument.Address) >= 0) return;
            throw XenErrorMap.SendFailed(Marshal.GetLastPInvokeError(), domId, port, localPort);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer?.Dispose();
        _handle?.Dispose();
    }

    /// <summary>
    /// Returns a reference to the buffer. The buffer is not freed before the reference is disposed, even if another thread disposes this
    /// <see cref="EventChannels"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The buffer has been freed.</exception>
    internal BufferPin Pin() => new(_buffer!);

    [MemberNotNull(nameof(_handle), nameof(_buffer))]
    private void OpenCalls()
    {
        if (_handle is not null && _buffer is not null) return;
        NativeLibraries.Require(
            NativeLibraries.Call,
            nameof(xencall_open),
            nameof(xencall_close),
            nameof(xencall_alloc_buffer),
            nameof(xencall_free_buffer),
            nameof(xencall2));
        var handle = new Handle(xencall_open(NativeLibraries.SilentLogger, 0));
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw XenErrorMap.OpenFailed(nameof(xencall_open), errno);
        }
        if (!Buffer.TryAllocate(handle, MaximumBatch * (sizeof(MulticallEntryNative) + sizeof(EventChannelStatusNative)), out var buffer))
        {
            handle.Dispose();
            throw XenErrorMap.OpenFailed(nameof(xencall_alloc_buffer), Errno.ENOMEM);
        }
        (_handle, _buffer) = (handle, buffer);
    }

    private PortTable ReadPorts(ushort domId, MulticallEntryNative* entries)
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
                // EINVAL means that the port table ends before this port. A domain that is being destroyed has no ports, so this can be
                // port 0.
                if (errno == Errno.EINVAL) return new PortTable(port, bound);
                Add(bound, domId, port, errno, status);
            }
            // A port that Xen refuses to report counts as one that Xen itself consumes. A guest has at most some hundreds of these. So if
            // all 1,024 ports of a batch are refused, Xen does not let this program read the domain at all.
            if (batch == MaximumBatch
                && bound.Count >= batch
                && bound[^batch].Port == first
                && bound.FindIndex(bound.Count - batch, port => port.State is not null) < 0)
                throw XenErrorMap.PortCall(StatusOperation, Errno.EACCES, domId, first);
        }
        return new PortTable(MaximumPorts, bound);
    }

    private static void Add(List<EventChannelStatus> bound, ushort domId, uint port, int errno, in EventChannelStatusNative status)
    {
        // Xen 4.15 to 4.18 refuse to report a port that Xen itself consumes, so a refused port is listed without a state. Xen itself never
        // uses port 0. So if port 0 is refused, Xen does not let this program read the domain at all.
        if (errno == Errno.EACCES && port > 0)
        {
            bound.Add(new EventChannelStatus(port, State: null));
            return;
        }
        if (errno != 0)
            throw XenErrorMap.PortCall(StatusOperation, errno, domId, port);
        if (status.Status != 0 && status.Vcpu >= DomainInfo.MaximumVcpus)
            throw XenErrorMap.ImpossibleNumber(StatusOperation, domId, $"vCPU of port {port}", status.Vcpu, port);
        if (ToStatus(port, status) is { State: not ChannelState.Closed } known)
            bound.Add(known);
    }

    private static int ErrnoOf(long result, ushort domId, uint port) => result is <= 0 and >= -MaximumErrno
        ? (int)-result
        : throw XenErrorMap.ImpossibleNumber(StatusOperation, domId, $"answer about port {port}", (ulong)result, port);

    private static EventChannelStatus ToStatus(uint port, in EventChannelStatusNative status) => status.Status switch
    {
        0 => new EventChannelStatus(port, ChannelState.Closed),
        1 => new EventChannelStatus(port, ChannelState.Unbound, (int)status.Vcpu, RemoteDomId: status.RemoteDomId),
        2 => new EventChannelStatus(port, ChannelState.Interdomain, (int)status.Vcpu, status.RemoteDomId, status.RemotePort),
        3 => new EventChannelStatus(port, ChannelState.PhysicalIrq, (int)status.Vcpu, Irq: status.Irq),
        4 => new EventChannelStatus(port, ChannelState.VirtualIrq, (int)status.Vcpu, Irq: status.Irq),
        5 => new EventChannelStatus(port, ChannelState.Ipi, (int)status.Vcpu),
        // An unknown number is a state that a newer version of Xen has added. The port is in use, so it is listed without a state.
        _ => new EventChannelStatus(port, State: null),
    };

    private bool TryMulticall(ushort domId, uint first, int count, MulticallEntryNative* entries, EventChannelStatusNative* statuses)
    {
        for (var index = 0; index < count; index++)
        {
            // Each status is cleared before the call. For some states, Xen does not write the union of the status, so old content would
            // remain there.
            statuses[index] = new EventChannelStatusNative { DomId = domId, Port = first + (uint)index };
            entries[index] = new MulticallEntryNative
            {
                Operation = EventChannelHypercall,
                Argument0 = StatusCommand,
                Argument1 = (ulong)(statuses + index),
            };
        }
        return xencall2(_handle!, MulticallHypercall, (ulong)entries, (ulong)count) == 0;
    }

    private int ReadStatus(ref EventChannelStatusNative status)
    {
        fixed (EventChannelStatusNative* pinned = &status)
            return XenControl.xc_evtchn_status(_control.Interface, pinned) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [LibraryImport(NativeLibraries.Call, SetLastError = true)]
    private static partial nint xencall_open(nint logger, uint flags);

    [LibraryImport(NativeLibraries.Call)]
    private static partial int xencall_close(nint xcall);

    [LibraryImport(NativeLibraries.Call, SetLastError = true)]
    private static partial nint xencall_alloc_buffer(Handle xcall, nuint size);

    [LibraryImport(NativeLibraries.Call)]
    private static partial void xencall_free_buffer(nint xcall, nint buffer);

    [LibraryImport(NativeLibraries.Call, SetLastError = true)]
    private static partial int xencall2(Handle xcall, uint operation, ulong argument1, ulong argument2);

    /// <summary>Represents a reference that prevents the buffer from being freed until it is disposed.</summary>
    internal readonly ref struct BufferPin
    {
        private readonly Buffer _buffer;

        internal BufferPin(Buffer buffer)
        {
            var isCounted = false;
            buffer.DangerousAddRef(ref isCounted);
            _buffer = buffer;
        }

        /// <summary>Gets the address of the buffer, which is valid until disposal.</summary>
        public nint Address => _buffer.DangerousGetHandle();

        /// <summary>Releases the reference.</summary>
        public void Dispose() => _buffer.DangerousRelease();
    }

    /// <summary>Represents an <c>xencall_handle *</c>.</summary>
    internal sealed class Handle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Handle(nint handle)
            : base(ownsHandle: true) => SetHandle(handle);

        protected override bool ReleaseHandle() => xencall_close(handle) == 0;
    }

    /// <summary>
    /// Represents memory for hypercall arguments. It keeps the libxencall handle open, because freeing the memory needs the handle.
    /// </summary>
    internal sealed class Buffer : SafeHandleZeroOrMinusOneIsInvalid
    {
        private readonly Handle _owner;

        private Buffer(Handle owner)
            : base(ownsHandle: true) => _owner = owner;

        /// <summary>Allocates zeroed memory of <paramref name="size"/> bytes; false if there is not enough memory.</summary>
        public static bool TryAllocate(Handle owner, int size, [NotNullWhen(true)] out Buffer? buffer)
        {
            buffer = new Buffer(owner);
            // A buffer can only be freed while its owner is open, so it holds a reference that keeps the owner open. The reference is added
            // before the allocation. If it were added afterwards, another thread could close the owner in between.
            var isCounted = false;
            owner.DangerousAddRef(ref isCounted);
            var address = xencall_alloc_buffer(owner, (nuint)size);
            buffer.SetHandle(address);
            if (buffer.IsInvalid)
            {
                owner.DangerousRelease();
                buffer.Dispose();
                buffer = null;
                return false;
            }
            new Span<byte>((void*)address, size).Clear();
            return true;
        }

        protected override bool ReleaseHandle()
        {
            xencall_free_buffer(_owner.DangerousGetHandle(), handle);
            _owner.DangerousRelease();
            return true;
        }
    }
}
