using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;

namespace XenShared.Poking;

/// <summary>Tells where a guest keeps what is not in its shared page. It must be sure: what it names is written to.</summary>
public interface IPokeLocator
{
    /// <summary>Returns the event word of a port of a FIFO guest; null when its place is not known.</summary>
    GuestAddress? FindEventWord(GuestInspection guest, uint port);

    /// <summary>Returns the live record of a vCPU that is not in the page; null when its place is not known.</summary>
    GuestAddress? FindVcpuRecord(GuestInspection guest, int vcpu);
}
