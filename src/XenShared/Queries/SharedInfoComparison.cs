using System.Globalization;
using XenShared.Layout;

namespace XenShared.Queries;

/// <summary>Compares two copies of a shared page field by field. A field that is not known in one of the copies is not compared.</summary>
public static class SharedInfoComparison
{
    /// <summary>Streams the fields that differ, in the order of the page.</summary>
    /// <param name="reference">The earlier page.</param>
    /// <param name="difference">The page to compare with it.</param>
    public static IEnumerable<XenSharedInfoDifference> Compare(XenSharedInfo reference, XenSharedInfo difference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(difference);
        return Fields(reference, difference).Where(field => !field.Before.Equals(field.After)).Select(field => new XenSharedInfoDifference
        {
            DomId = difference.DomId,
            DomainName = difference.DomainName ?? reference.DomainName,
            Field = field.Name,
            Before = field.Before,
            After = field.After,
            BeforeTakenAt = reference.TakenAt,
            AfterTakenAt = difference.TakenAt,
            HostName = difference.HostName,
        });
    }

    private static IEnumerable<(string Name, object Before, object After)> Fields(XenSharedInfo reference, XenSharedInfo difference)
    {
        if (reference.Frame is { } oldFrame && difference.Frame is { } newFrame) yield return ("shared_info_frame", oldFrame, newFrame);
        yield return (nameof(XenSharedInfo.Layout), reference.Layout, difference.Layout);
        if (reference.EventAbi != EventAbi.Unknown && difference.EventAbi != EventAbi.Unknown)
            yield return (nameof(XenSharedInfo.EventAbi), reference.EventAbi, difference.EventAbi);
        if (reference.Vcpu.Count != difference.Vcpu.Count)
            yield return ("vCPUs", reference.Vcpu.Count, difference.Vcpu.Count);
        var (before, after) = (reference.Bytes.ToArray(), difference.Bytes.ToArray());
        // In another layout, the same bytes belong to other fields. So the fields are compared only if both pages have the same layout.
        if (before.Length != SharedInfoLayout.PageSize || after.Length != before.Length || reference.Layout != difference.Layout)
            yield break;
        var layout = SharedInfoLayout.ForLayout(reference.Layout);
        var unstable = reference.Unstable.Concat(difference.Unstable).ToHashSet();
        for (var slot = 0; slot < Math.Min(Math.Min(reference.Vcpu.Count, difference.Vcpu.Count), layout.SlotCount); slot++)
        {
            var offset = layout.SlotOffset(slot)!.Value;
            foreach (var field in layout.Vcpu.Fields.Where(field =>
                    field.Offset < layout.Vcpu.TimeOffset || !unstable.Contains(SeqlockRange.SlotTimeName(slot))))
                yield return Values(
                    field with
                    {
                        Offset = offset + field.Offset,
                        Name = $"vcpu_info[{slot.ToString(CultureInfo.InvariantCulture)}].{field.Name}",
                    },
                    before,
                    after);
        }
        if (reference.EventAbi == EventAbi.TwoLevel && difference.EventAbi == EventAbi.TwoLevel)
        {
            foreach (var bit in Bits("evtchn_pending", layout.PendingOffset, layout, before, after)) yield return bit;
            foreach (var bit in Bits("evtchn_mask", layout.MaskOffset, layout, before, after)) yield return bit;
        }
        foreach (var field in layout.Fields.Where(field => !IsUnstable(field, layout, unstable))) yield return Values(field, before, after);
    }

    private static bool IsUnstable(LayoutField field, SharedInfoLayout layout, HashSet<string> unstable) =>
        unstable.Contains(SeqlockRange.WallClockName(layout.Layout)) && field.Name.Contains("wc_", StringComparison.Ordinal)
        || unstable.Contains(SeqlockRange.P2mName(layout.Layout)) && field.Name.StartsWith("arch.p2m_", StringComparison.Ordinal);

    private static (string Name, object Before, object After) Values(
        LayoutField field,
        ReadOnlySpan<byte> before,
        ReadOnlySpan<byte> after
    ) =>
        field.Signed
            ? (field.Name, (sbyte)field.Read(before), (sbyte)field.Read(after))
            : (field.Name, field.Read(before), field.Read(after));

    private static IEnumerable<(string Name, object Before, object After)> Bits(
        string name,
        int offset,
        SharedInfoLayout layout,
        byte[] before,
        byte[] after)
    {
        for (uint port = 0; port < layout.PortCount; port++)
        {
            var was = EventBitmap.IsSet(before.AsSpan(offset, layout.BitmapBytes), port);
            var now = EventBitmap.IsSet(after.AsSpan(offset, layout.BitmapBytes), port);
            if (was != now) yield return ($"{name}[port {port.ToString(CultureInfo.InvariantCulture)}]", was, now);
        }
    }
}
