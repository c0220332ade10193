using System.Globalization;

namespace XenShared.Poking;

/// <summary>Reads the pokes of an audit log, in which each poke has a line for the intent and one for the outcome.</summary>
public static class PokeHistory
{
    /// <summary>Selects the pokes that can be undone.</summary>
    /// <param name="records">The records in the order of writing.</param>
    /// <param name="warn">Receives a sentence for each intent with an unknown outcome.</param>
    /// <returns>The pokes that were made, the last one first.</returns>
    public static IReadOnlyList<XenPoke> SelectDone(IEnumerable<XenPoke> records, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(warn);
        var done = new List<XenPoke>();
        var open = new List<XenPoke>();
        var ids = new HashSet<Guid>();
        foreach (var record in records)
        {
            if (record.Outcome == PokeOutcome.Intended)
            {
                open.Add(record);
                continue;
            }
            open.RemoveAll(intent => intent.Id == record.Id && record.Id != Guid.Empty);
            // A file that was combined from several logs can contain the same record twice. So of several records with the same id, only
            // the first is added. Records without an id are always added.
            if (record.Outcome == PokeOutcome.Done && (record.Id == Guid.Empty || ids.Add(record.Id))) done.Add(record);
        }
        foreach (var intent in open.Where(intent => !ids.Contains(intent.Id))) warn(Describe(intent));
        done.Reverse();
        return done;
    }

    private static string Describe(XenPoke intent) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{intent.Field} of domain {intent.DomId} was to be written at {intent.PokedAt.UtcDateTime:u}, and no record shows whether it "
                + $"was written; read the domain (poke {intent.Id}).");
}
