using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>
/// Makes hypercalls through libxencall (<c>tools/include/xencall.h</c>), which has a stable ABI. One buffer holds their arguments.
/// </summary>
internal sealed unsafe partial class XenCall : IDisposable
{
    private readonly Handle _handle;
    private readonly Buffer _buffer;

    private XenCall(Handle handle, Buffer buffer) => (_handle, _buffer) = (handle, buffer);

    /// <summary>Opens the interface, and allocates a zeroed buffer.</summary>
    /// <exception cref="XenException">Xen is missing or denies access.</exception>
    public static XenCall Open(int bufferBytes)
    {
        NativeLibraries.Require(
            NativeLibraries.Call,
            nameof(xencall_open),
            nameof(xencall_close),
            nameof(xencall_alloc_buffer),
            nameof(xencall_free_buffer),
            nameof(xencall2));
        var handle = new Handle(xencall_open(ToolLog.Silent, 0));
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw XenErrorMap.OpenFailed(nameof(xencall_open), errno);
        }
        if (Buffer.TryAllocate(handle, bufferBytes, out var buffer)) return new XenCall(handle, buffer);
        handle.Dispose();
        throw XenErrorMap.OpenFailed(nameof(xencall_alloc_buffer), Errno.ENOMEM);
    }

    /// <summary>Prevents the buffer from being freed until the result is disposed, even if another thread closes the connection.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been freed.</exception>
    public BufferPin Pin() => new(_buffer);

    /// <summary>Makes a hypercall with two arguments; below zero when it failed, with the errno as last error.</summary>
    public int Call(uint operation, ulong argument1, ulong argument2) => xencall2(_handle, operation, argument1, argument2);

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer.Dispose();
        _handle.Dispose();
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

    /// <summary>Represents a reference to the buffer.</summary>
    internal readonly ref struct BufferPin
    {
        private readonly Buffer _buffer;

        internal BufferPin(Buffer buffer)
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

    /// <summary>Represents an <c>xencall_handle *</c>.</summary>
    internal sealed class Handle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Handle(nint handle)
            : base(ownsHandle: true) => SetHandle(handle);

        protected override bool ReleaseHandle() => xencall_close(handle) == 0;
    }

    /// <summary>Represents memory for hypercall arguments. It keeps its handle open until it is freed.</summary>
    internal sealed class Buffer : SafeHandleZeroOrMinusOneIsInvalid
    {
        private readonly Handle _owner;

        private Buffer(Handle owner)
            : base(ownsHandle: true) => _owner = owner;

        /// <summary>Allocates zeroed memory; false if there is none.</summary>
        public static bool TryAllocate(Handle owner, int size, [NotNullWhen(true)] out Buffer? buffer)
        {
            buffer = new Buffer(owner);
            // The reference is added before the call. If the owner were closed just after the call, the memory could not be freed.
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
