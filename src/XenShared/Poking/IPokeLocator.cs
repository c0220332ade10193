using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;

namespace XenShared.Poking;

/// <summary>Locates data of a guest outside its shared page. The places must be certain, because they are written to.</summary>
public interface IPokeLocator
{
    /// <summary>Returns the event word of a FIFO guest's port; null if its place is not known.</summary>
    GuestAddress? FindEventWord(GuestInspection guest, uint port);

    /// <summary>Returns a vCPU's live record outside the page; null if its place is not known.</summary>
    GuestAddress? FindVcpuRecord(GuestInspection guest, int vcpu);
}
