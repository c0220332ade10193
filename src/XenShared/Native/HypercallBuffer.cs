using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>Memory that Xen may be pointed at. It keeps the handle it came from open until it is freed.</summary>
internal sealed class HypercallBuffer : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly XenCallHandle _owner;

    private HypercallBuffer(XenCallHandle owner)
        : base(ownsHandle: true) => _owner = owner;

    /// <summary>Allocates zeroed memory; null when there is none.</summary>
    public static unsafe HypercallBuffer? TryAllocate(XenCallHandle owner, int size)
    {
        var buffer = new HypercallBuffer(owner);
        var address = LibXenCall.xencall_alloc_buffer(owner, (nuint)size);
        if (address == 0)
        {
            buffer.Dispose();
            return null;
        }
        var held = false;
        owner.DangerousAddRef(ref held);
        buffer.SetHandle(address);
        new Span<byte>((void*)address, size).Clear();
        return buffer;
    }

    public nint Address => handle;

    protected override bool ReleaseHandle()
    {
        LibXenCall.xencall_free_buffer(_owner.DangerousGetHandle(), handle);
        _owner.DangerousRelease();
        return true;
    }
}
