using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;

namespace XenShared.Poking;

/// <summary>
/// Locates the data outside a guest's shared page that pokes write. A place is returned only if it is certain, because it is written.
/// </summary>
public interface IPokeLocator
{
    /// <summary>Returns the place of the event word of a FIFO guest's port; null if it is not known.</summary>
    GuestAddress? FindEventWord(GuestInspection guest, uint port);

    /// <summary>
    /// Returns the place of the <c>vcpu_info</c> that Xen and the guest use for a vCPU, if it is outside the shared page; null if it is not
    /// known.
    /// </summary>
    GuestAddress? FindVcpuRecord(GuestInspection guest, int vcpu);
}
