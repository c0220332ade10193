using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents Xen's own view of the event channels of all domains, from the output of debug key <c>e</c>. Incomplete lines are left out.
/// </summary>
/// <param name="TakenAt">The time of the dump; null if the log does not contain it.</param>
/// <param name="Domains">The domains with a complete heading.</param>
/// <param name="HasAllDomains">True if no heading can be missing. Then a domain that is not in <paramref name="Domains"/> did not exist. If
/// false, nothing is known about such a domain.</param>
public sealed record HypervisorChannels(DateTimeOffset? TakenAt, IReadOnlyDictionary<ushort, HypervisorDomain> Domains, bool HasAllDomains)
{
    /// <summary>Reads Xen's output. If it contains several dumps, the last one is used. Other lines are ignored.</summary>
    public static HypervisorChannels Parse(DebugKeyDump dump)
    {
        ArgumentNullException.ThrowIfNull(dump);
        var lines = new DebugKeyLines();
        var text = dump.Text.AsSpan();
        // If the text is cut off, the start of its first line is missing. What is left of this line can look like another line, so the line
        // is skipped.
        if (dump.IsCutOff) text = text[(text.IndexOf('\n') + 1)..];
        while (text.IndexOf('\n') is var end and >= 0)
        {
            lines.Read(DebugKeyLine.ParseExact(text[..end].TrimEnd('\r').ToString()));
            text = text[(end + 1)..];
        }
        // If text is left, it is a last line without a line end, so the last digits in it can be missing. Then the dump counts as cut off.
        lines.End(isCutOff: !text.IsEmpty);
        return new HypervisorChannels(dump.TakenAt, lines.Domains, lines.HasAllDomains);
    }
}
