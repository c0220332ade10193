using System.Text.Json;

namespace XenShared.Poking;

/// <summary>Converts a request to and from one line of JSON.</summary>
public static class PokeRequestLine
{
    /// <summary>Returns the line without a line end.</summary>
    public static string Serialize(PokeRequest request) => JsonSerializer.Serialize(request, PokeJson.Default.PokeRequest);

    /// <summary>Converts a line to a request.</summary>
    /// <exception cref="JsonException">The line does not contain a request.</exception>
    public static PokeRequest Read(string line)
    {
        try
        {
            // The serializer accepts null for a property that is required, so such a request is refused here.
            return JsonSerializer.Deserialize(line, PokeJson.Default.PokeRequest) switch
            {
                null or SetFieldRequest { Field: null } or UndoPokeRequest { Poke: null } => throw NoRequest(),
                var request => request,
            };
        }
        catch (NotSupportedException error)
        {
            // The serializer throws NotSupportedException if the line does not contain the kind of the request.
            throw NoRequest(error);
        }
    }

    private static JsonException NoRequest(Exception? reason = null) => new("The line contains no request.", reason);
}
