using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>Represents an <c>xenforeignmemory_handle *</c>.</summary>
internal sealed class ForeignMemoryHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public ForeignMemoryHandle(nint handle)
        : base(ownsHandle: true) => SetHandle(handle);

    protected override bool ReleaseHandle() => LibXenForeignMemory.xenforeignmemory_close(handle) == 0;
}
