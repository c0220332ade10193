using XenShared.Guests.Deduction;

namespace XenShared.Poking;

/// <summary>Tells where a guest keeps what is not in its shared page. It must be sure: what it names is written to.</summary>
public interface IPokeLocator
{
    /// <summary>The event word of a port of a FIFO guest; null when its place is not known.</summary>
    LocatedCell? FindEventWord(GuestInspection guest, uint port);

    /// <summary>The live record of a vCPU that is not in the page; null when its place is not known.</summary>
    LocatedCell? FindVcpuRecord(GuestInspection guest, int vcpu);
}
