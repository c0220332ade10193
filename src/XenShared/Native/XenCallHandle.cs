using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>Represents an <c>xencall_handle *</c>.</summary>
internal sealed class XenCallHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public XenCallHandle(nint handle)
        : base(ownsHandle: true) => SetHandle(handle);

    protected override bool ReleaseHandle() => LibXenCall.xencall_close(handle) == 0;
}
