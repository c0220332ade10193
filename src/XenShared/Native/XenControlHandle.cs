using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>Represents an <c>xc_interface *</c>.</summary>
internal sealed class XenControlHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public XenControlHandle(nint handle)
        : base(ownsHandle: true) => SetHandle(handle);

    protected override bool ReleaseHandle() => LibXenControl.xc_interface_close(handle) == 0;
}
