using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>
/// Sends events on ports of this domain (<c>EVTCHNOP_send</c>) through libxencall. This call is the same in all versions. The library is
/// opened at the first send.
/// </summary>
internal sealed unsafe class EventChannelSender : IDisposable
{
    private const uint EventChannelHypercall = 32;
    private const ulong SendCommand = 4;

    private readonly object _lock = new();
    private XenCallHandle? _calls;
    private HypercallBuffer? _buffer;

    /// <summary>Opens the library and allocates the argument, unless that is done.</summary>
    public void Prepare()
    {
        lock (_lock) Open();
    }

    /// <summary>Sends on a port.</summary>
    /// <param name="localPort">The port of this domain.</param>
    /// <param name="domId">The domain at its other end, for messages.</param>
    /// <param name="port">That domain's port, for messages.</param>
    public void Send(uint localPort, ushort domId, uint port)
    {
        // Two concurrent sends would share the argument, and one would send to the other's port.
        lock (_lock)
        {
            Open();
            using var argument = new HypercallBufferPin(_buffer!);
            *(uint*)argument.Address = localPort;
            if (LibXenCall.xencall2(_calls!, EventChannelHypercall, SendCommand, (ulong)argument.Address) >= 0) return;
            throw XenErrorMap.SendFailed(Marshal.GetLastPInvokeError(), domId, port, localPort);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer?.Dispose();
        _calls?.Dispose();
    }

    private void Open()
    {
        if (_buffer is not null)
            return;
        NativeLibraries.Require(
            NativeLibraries.Call,
            nameof(LibXenCall.xencall_open),
            nameof(LibXenCall.xencall_close),
            nameof(LibXenCall.xencall_alloc_buffer),
            nameof(LibXenCall.xencall_free_buffer),
            nameof(LibXenCall.xencall2));
        var calls = new XenCallHandle(LibXenCall.xencall_open(ToolLog.Silent, 0));
        if (calls.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            calls.Dispose();
            throw XenErrorMap.OpenFailed(nameof(LibXenCall.xencall_open), errno);
        }
        if (!HypercallBuffer.TryAllocate(calls, sizeof(uint), out var buffer))
        {
            calls.Dispose();
            throw XenErrorMap.OpenFailed(nameof(LibXenCall.xencall_alloc_buffer), Errno.ENOMEM);
        }
        (_calls, _buffer) = (calls, buffer);
    }
}
