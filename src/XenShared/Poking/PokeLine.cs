using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace XenShared.Poking;

/// <summary>Converts the record of a poke to and from one line of JSON, for the audit log and for <c>xenshared poke --json</c>.</summary>
public static class PokeLine
{
    /// <summary>Returns the line without a line end.</summary>
    public static string Serialize(XenPoke poke) => JsonSerializer.Serialize(poke, PokeJson.Default.XenPoke);

    /// <summary>Converts a line to a poke.</summary>
    /// <exception cref="JsonException">The line does not contain a poke.</exception>
    public static XenPoke Read(string line) =>
        JsonSerializer.Deserialize(line, PokeJson.Default.XenPoke) is { } poke && IsWhole(poke)
            ? poke
            : throw new JsonException("The line contains no poke.");

    /// <summary>Converts a line to a poke; false if it does not contain one.</summary>
    public static bool TryRead(string line, [NotNullWhen(true)] out XenPoke? poke)
    {
        try
        {
            poke = Read(line);
            return true;
        }
        catch (JsonException)
        {
            poke = null;
            return false;
        }
    }

    /// <summary>
    /// Determines whether the record of a poke from a file or a remote host is complete and has known kinds. The serializer does not ensure
    /// this: it accepts null for a required text.
    /// </summary>
    internal static bool IsWhole(XenPoke poke) =>
        poke is { Field: not null, HostName: not null, Forced: not null }
        && Enum.IsDefined(poke.Kind)
        && Enum.IsDefined(poke.Action)
        && Enum.IsDefined(poke.Outcome);
}
