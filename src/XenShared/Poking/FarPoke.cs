using System.Globalization;
using XenShared.Targets;
using XenShared.Targets.Remote;

namespace XenShared.Poking;

/// <summary>Pokes on a host that is reached by SSH. They are judged and done there, by the same code; here they are agreed to, told, and written down.</summary>
internal static class FarPoke
{
    /// <summary>Does a poke, if the target is such a host.</summary>
    /// <param name="target">The target.</param>
    /// <param name="observer">Agrees, and hears.</param>
    /// <param name="options">How.</param>
    /// <param name="arguments">The command of <c>xenshared</c> and its options.</param>
    /// <param name="undone">The poke that is to be taken back; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when the target is another one, and nothing was done.</returns>
    public static bool TryRun(IXenTarget target, IPokeObserver observer, PokeOptions options, IReadOnlyList<string> arguments, XenPoke? undone, CancellationToken cancellation)
    {
        if (target is not IFarProgram far) return false;
        // Opened before anything is written there, as everywhere.
        using var log = AuditLog.Open(options.LogPath);
        var input = undone is null ? null : PokeLine.Of(undone);
        far.Converse(options.Force ? [.. arguments, "--force"] : arguments, input, line => Hear(observer, log, line), cancellation);
        return true;
    }

    /// <summary>An option whose value cannot be taken for another option.</summary>
    public static string Option(string name, IFormattable value) => Option(name, value.ToString(null, CultureInfo.InvariantCulture));

    /// <inheritdoc cref="Option(string, IFormattable)"/>
    public static string Option(string name, string value) => $"--{name}={value}";

    /// <inheritdoc cref="Option(string, IFormattable)"/>
    public static string Option(string name, bool value) => Option(name, value ? "true" : "false");

    private static string? Hear(IPokeObserver observer, AuditLog log, FarLine line)
    {
        switch (line)
        {
            case { Kind: FarLine.Proposal, DomId: { } domId, Changes: { } changes }:
                return observer.Confirm(new PokeProposal(domId, line.DomainName, changes)) ? "yes" : "no";
            case { Kind: FarLine.Poked, Poke: { } poke }:
                // It has been done, so it is told even when the log's disk is full.
                try
                {
                    log.Append(poke);
                }
                finally
                {
                    observer.Done(poke);
                }
                break;
            case { Kind: FarLine.Warning, Message: { } message }:
                observer.Warn(message);
                break;
            default:
                break;
        }
        return null;
    }
}
