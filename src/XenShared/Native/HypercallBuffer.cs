using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>
/// Represents memory for hypercall arguments, which <see cref="HypercallBufferPin"/> gives access to. It keeps its handle open until it is
/// freed.
/// </summary>
internal sealed class HypercallBuffer : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly XenCallHandle _owner;

    private HypercallBuffer(XenCallHandle owner)
        : base(ownsHandle: true) => _owner = owner;

    /// <summary>Allocates zeroed memory; false when there is none.</summary>
    public static unsafe bool TryAllocate(XenCallHandle owner, int size, [NotNullWhen(true)] out HypercallBuffer? buffer)
    {
        buffer = new HypercallBuffer(owner);
        // The reference is added before the call. If the owner were closed just after the call, the memory could not be freed.
        var isCounted = false;
        owner.DangerousAddRef(ref isCounted);
        var address = LibXenCall.xencall_alloc_buffer(owner, (nuint)size);
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
        LibXenCall.xencall_free_buffer(_owner.DangerousGetHandle(), handle);
        _owner.DangerousRelease();
        return true;
    }
}
