using XenShared.Layout;

namespace XenShared.Poking;

/// <summary>
/// Finds the fields of the shared page by name, and determines which of them must not be written because Xen or the guest's kernel owns
/// them.
/// </summary>
public static class PokeFields
{
    private const string SlotPrefix = "vcpu_info[";

    /// <summary>
    /// Returns the names of the fields of a page. The name of a field of a vCPU contains its number, such as <c>vcpu_info[0].arch.cr2</c>.
    /// </summary>
    public static IEnumerable<string> Names(SharedInfoLayout layout, int vcpus)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout
            .Fields.Select(field => field.Name)
            .Concat(
                Enumerable
                    .Range(0, Math.Min(vcpus, layout.SlotCount))
                    .SelectMany(vcpu => layout.Vcpu.Fields.Select(field => $"{SlotPrefix}{vcpu}].{field.Name}")));
    }

    /// <summary>
    /// Finds a field by its name, and the number of its vCPU if it is a field of <c>vcpu_info</c>; null if the layout has no such field.
    /// </summary>
    public static (LayoutField Field, int? Vcpu)? Find(SharedInfoLayout layout, string name)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(name);
        if (layout.Fields.Where(field => field.Name == name).Select(field => (LayoutField?)field).FirstOrDefault() is { } found)
            return (found, null);
        var end = name.IndexOf("].", StringComparison.Ordinal);
        if (!name.StartsWith(SlotPrefix, StringComparison.Ordinal) || end < 0)
            return null;
        if (!int.TryParse(
                name.AsSpan(SlotPrefix.Length, end - SlotPrefix.Length),
                System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture,
                out var vcpu))
            return null;
        if (layout.SlotOffset(vcpu) is not { } slot)
            return null;
        var member = name[(end + 2)..];
        return layout.Vcpu.Fields.Where(field => field.Name == member)
            .Select(field => ((LayoutField, int?)?)(field with { Name = name, Offset = slot + field.Offset }, vcpu)).FirstOrDefault();
    }

    /// <summary>Checks that a domain has a vCPU, because the page has more slots than most domains have vCPUs.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>: the domain has no such vCPU.</exception>
    internal static void CheckVcpu(PokeContext situation, int vcpu)
    {
        if (situation.Guest.Domain.MaxVcpuId is { } highest && vcpu >= 0 && vcpu <= highest) return;
        throw PokeSteps.Refusal(situation, $"vCPU {vcpu}", null, new GuardViolation(PokeGuard.InsideStructure,
            "the domain has no such vCPU, and Xen never reads this slot", "list the domain's vCPUs", CanForce: false));
    }

    /// <summary>Returns the reason why a field must not be written; null if it may be written.</summary>
    internal static (string Reason, string Recommendation)? OwnerOf(string name) =>
        name switch
        {
            _ when name.StartsWith("wc_", StringComparison.Ordinal) || name == "arch.wc_sec_hi" => (
                "Xen writes the clock under a version counter, and a reader could see half of a change as the time",
                "set the wall clock as a whole"),
            "arch.nmi_reason" => ("Xen sets these bits and the guest clears them", "leave it to them"),
            _ when name.StartsWith(SlotPrefix, StringComparison.Ordinal) && name.Contains(".evtchn_", StringComparison.Ordinal) => (
                "Xen and the guest change single bits of it for each event",
                "use the command for the vCPU's bits"),
            _ when name.StartsWith(SlotPrefix, StringComparison.Ordinal) => (
                "Xen writes the record, and the guest's clock or page fault depends on it",
                "leave it to Xen"),
            _ => null,
        };

    /// <summary>Returns the frame that the value of a pointer field refers to; null for other fields.</summary>
    internal static ulong? FrameIn(string name, ulong value) => name switch
    {
        "arch.pfn_to_mfn_frame_list_list" when value != ulong.MaxValue => value,
        "arch.p2m_cr3" => (value & 0x000f_ffff_ffff_f000) / SharedInfoLayout.PageSize,
        _ => null,
    };
}
