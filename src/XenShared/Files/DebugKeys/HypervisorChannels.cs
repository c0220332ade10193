using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Xen's own view of the event channels of all domains, read from what debug key <c>e</c> printed. What did not come through whole is left
/// out.
/// </summary>
/// <param name="TakenAt">When Xen was asked; null when the log does not carry it.</param>
/// <param name="Domains">The domains whose heading came through.</param>
/// <param name="HasAllDomains"> Whether no heading can be missing: then a domain that is not among <paramref name="Domains"/> was not
/// there. Otherwise nothing is known of such a domain.
/// </param>
public sealed record HypervisorChannels(DateTimeOffset? TakenAt, IReadOnlyDictionary<ushort, HypervisorDomain> Domains, bool HasAllDomains)
{
    /// <summary>
    /// Reads what Xen printed; of several dumps in it the last one. Any text will do: what is no line of a dump is passed over.
    /// </summary>
    public static HypervisorChannels Parse(DebugKeyDump dump)
    {
        ArgumentNullException.ThrowIfNull(dump);
        var lines = new DebugKeyLines();
        var text = dump.Text.AsSpan();
        // What is left of a line whose beginning is gone can look like another line.
        if (dump.IsCutOff) text = text[(text.IndexOf('\n') + 1)..];
        while (text.IndexOf('\n') is var end and >= 0)
        {
            lines.Read(text[..end].TrimEnd('\r').ToString());
            text = text[(end + 1)..];
        }
        // Numbers in a line without an end may lack digits.
        lines.End(text.ToString());
        return new HypervisorChannels(dump.TakenAt, lines.Domains, lines.HasAllDomains);
    }
}
