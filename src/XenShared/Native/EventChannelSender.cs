using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>
/// Sends events on ports of this domain (<c>EVTCHNOP_send</c>) through libxencall. This call is the same in all versions.
/// </summary>
internal sealed unsafe class EventChannelSender : IDisposable
{
    private const uint EventChannelHypercall = 32;
    private const ulong SendCommand = 4;

    private readonly object _lock = new();
    private readonly XenCall _calls = XenCall.Open(sizeof(uint));

    /// <summary>Sends on a port.</summary>
    /// <param name="localPort">The port of this domain.</param>
    /// <param name="domId">The domain at its other end, for messages.</param>
    /// <param name="port">That domain's port, for messages.</param>
    public void Send(uint localPort, ushort domId, uint port)
    {
        // Two concurrent sends would share the argument, and one would send to the other's port.
        lock (_lock)
        {
            using var argument = _calls.Pin();
            *(uint*)argument.Address = localPort;
            if (_calls.Call(EventChannelHypercall, SendCommand, (ulong)argument.Address) >= 0) return;
            throw XenErrorMap.SendFailed(Marshal.GetLastPInvokeError(), domId, port, localPort);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _calls.Dispose();
}
