namespace XenShared.Native;

/// <summary>
/// Keeps a hypercall buffer from being freed until it is disposed, also by another thread that closes the connection meanwhile.
/// </summary>
internal readonly ref struct HypercallBufferPin
{
    private readonly HypercallBuffer _buffer;

    /// <summary>Counts a use of the buffer.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been freed.</exception>
    public HypercallBufferPin(HypercallBuffer buffer)
    {
        var isCounted = false;
        buffer.DangerousAddRef(ref isCounted);
        _buffer = buffer;
    }

    /// <summary>Gets the address, which is good until this is disposed.</summary>
    public nint Address => _buffer.DangerousGetHandle();

    /// <summary>Gives the use back.</summary>
    public void Dispose() => _buffer.DangerousRelease();
}
