using XenShared.Files.DebugKeys;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>
/// Reads the channels of all domains from Xen itself (debug key <c>e</c>). Xen prints all domains at once, so this is done once, for the
/// first domain that needs it.
/// </summary>
internal sealed class HypervisorView(IXenDataSource target, IQueryObserver observer)
{
    private HypervisorChannels? _dump;

    /// <summary>Returns the states that Xen printed for a guest's channels, or the reason why there are none.</summary>
    public ChannelStateChoice Read(GuestInspection guest, PortTable ports)
    {
        if (!target.CanDumpEventChannels)
            return new(null, $"{target.DisplayName} cannot read from Xen; omit the source to use its own data.");
        _dump ??= Dump();
        if (_dump.Domains.TryGetValue(guest.Domain.DomId, out var domain))
            return new(new HypervisorStates(domain, ports, _dump.TakenAt), null);
        return new(
            null,
            _dump.HasAllDomains
                ? "Xen did not print it: it was created after the dump; try again."
                : "Xen's output about it is incomplete; boot Xen with a larger conring_size, or try again.");
    }

    // Returns Xen's output about the ports. If it cannot be read, the error is reported and an empty dump is returned. The ports are then
    // listed without their pending and masked bits.
    private HypervisorChannels Dump()
    {
        try
        {
            var dump = target.DumpEventChannels();
            observer.Warn(
                new QueryWarning(
                    null,
                    XenErrorId.EventStateUnknown,
                    "Source Hypervisor makes Xen write the channels of all domains into its own log (xl dmesg), and delays event "
                        + "channels while it writes."));
            if (dump.IsCutOff)
                observer.Warn(
                    new QueryWarning(
                        null,
                        XenErrorId.EventStateUnknown,
                        "Xen's log is too small for the channels of all domains, and its first lines are lost; boot Xen with a larger "
                            + "conring_size."));
            return HypervisorChannels.Parse(dump);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            observer.Fail(error);
            return new HypervisorChannels(
                TimeProvider.System.GetUtcNow(),
                new Dictionary<ushort, HypervisorDomain>(),
                HasAllDomains: false);
        }
    }
}
