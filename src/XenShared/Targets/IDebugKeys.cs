using XenShared.Hypervisor;

namespace XenShared.Targets;

/// <summary>
/// A target whose Xen can be asked by debug key. It takes no key: others than this one are not harmless (<c>q</c> interrupts every guest).
/// </summary>
public interface IDebugKeys
{
    /// <summary>
    /// Has Xen print the state of the event channels of all domains (key <c>e</c>), and gives what it printed. It changes no guest; the text stands in Xen's log,
    /// where it takes the room of older lines.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.XenAccessDenied"/>, <see cref="XenErrorId.XenInterfaceMismatch"/>,
    /// <see cref="XenErrorId.XenLibraryNotFound"/> or <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    DebugKeyDump DumpEventChannels();
}
