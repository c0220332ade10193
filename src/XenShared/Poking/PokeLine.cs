using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace XenShared.Poking;

/// <summary>
/// A poke as one line of JSON: in the audit log, in what <c>xenshared poke --json</c> prints, and on its way to a host that is to take it
/// back.
/// </summary>
public static class PokeLine
{
    /// <summary>Returns the line, without an end.</summary>
    public static string Serialize(XenPoke poke) => JsonSerializer.Serialize(poke, PokeJson.Default.XenPoke);

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It holds no poke.</exception>
    public static XenPoke Read(string line) =>
        JsonSerializer.Deserialize(line, PokeJson.Default.XenPoke) is { } poke && IsWhole(poke)
            ? poke
            : throw new JsonException("The line holds no poke.");

    /// <summary>Reads a line; false when it holds no poke.</summary>
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

    /// <summary>Returns whether a record from elsewhere has what each must have: the serializer lets null pass for a text.</summary>
    internal static bool IsWhole(XenPoke poke) =>
        poke is { Field: not null, HostName: not null, Forced: not null }
        && Enum.IsDefined(poke.Kind)
        && Enum.IsDefined(poke.Action)
        && Enum.IsDefined(poke.Outcome);
}
