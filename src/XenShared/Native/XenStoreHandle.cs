using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>Represents a <c>struct xs_handle *</c>.</summary>
internal sealed class XenStoreHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public XenStoreHandle(nint handle)
        : base(ownsHandle: true) => SetHandle(handle);

    protected override bool ReleaseHandle()
    {
        LibXenStore.xs_close(handle);
        return true;
    }
}
