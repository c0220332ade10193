namespace XenShared.Native;

/// <summary>Prevents a hypercall buffer from being freed until disposal, even if another thread closes the connection.</summary>
internal readonly ref struct HypercallBufferPin
{
    private readonly HypercallBuffer _buffer;

    /// <summary>Adds a reference to the buffer.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been freed.</exception>
    public HypercallBufferPin(HypercallBuffer buffer)
    {
        var isCounted = false;
        buffer.DangerousAddRef(ref isCounted);
        _buffer = buffer;
    }

    /// <summary>Gets the address, which is valid until disposal.</summary>
    public nint Address => _buffer.DangerousGetHandle();

    /// <summary>Releases the reference.</summary>
    public void Dispose() => _buffer.DangerousRelease();
}
