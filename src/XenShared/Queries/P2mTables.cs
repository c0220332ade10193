using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Finds the P2M table of a guest in its memory.</summary>
internal static class P2mTables
{
    /// <summary>Opens the table of a guest.</summary>
    /// <param name="target">The source, which has the memory of the guest.</param>
    /// <param name="guest">The guest with its shared page.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the guest has no such table, or it cannot be read;
    /// or the reason why the shared page could not be read.</exception>
    public static P2mTable Open(IXenDataSource target, GuestInspection guest)
    {
        var domain = guest.Domain;
        var error = (target.Memory, domain.Type, guest.Latest) switch
        {
            (null, _, _) => None(
                domain.DomId,
                $"{target.DisplayName} does not contain the memory of domain {domain.DomId}",
                "use the host itself"),
            ({ } own, _, _) when own.OwnDomId == domain.DomId => None(
                domain.DomId,
                $"Domain {domain.DomId} is the one in which this program runs, and its kernel does not let it map its own memory",
                "use other domains"),
            ({ HasMachineFrames: false }, DomainType.PV, _) => None(
                domain.DomId,
                "The page tables of a saved guest have been rewritten, and no longer lead to its P2M table",
                "use a core dump, or the host itself"),
            (_, not DomainType.PV, _) => None(
                domain.DomId,
                $"Domain {domain.DomId} is not a PV guest: Xen translates its frame numbers, and it has no P2M table of its own",
                "select PV guests"),
            (_, _, null) => guest.PageError ?? None(domain.DomId, $"The shared page of domain {domain.DomId} cannot be read", "try again"),
            _ when guest.Layout.Layout?.Layout != GuestLayout.X86_64 => None(
                domain.DomId,
                $"Domain {domain.DomId} is a 32-bit PV guest, whose table this program does not read",
                "select 64-bit guests"),
            _ => null,
        };
        if (error is not null) throw error;
        var arch = ArchInfoContent.Decode(guest.Latest!.Page.Span, SharedInfoLayout.X86_64);
        return P2mTable.Open(target.Memory!, domain.DomId, domain.TotalPages, arch)
            ?? throw None(
                domain.DomId,
                $"The shared page of domain {domain.DomId} does not contain the address of its P2M table",
                "wait until its kernel has started");
    }

    private static XenException None(ushort domId, string why, string advice) =>
        new(XenErrorId.NotSupportedByHost, why, advice)
        {
            DomId = domId,
        };
}
