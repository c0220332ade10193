using System.Text.Json;
using XenShared.Files;

namespace XenShared.Poking;

/// <summary>
/// Appends pokes to a file, one line of JSON each. Before the guest is written, the file gets a line for the intended poke with its
/// request; afterwards it gets a line for the outcome. On Linux, several processes can append to the same file.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    private const string Request = nameof(Request);

    private readonly AppendedFile _file;

    private AuditLog(AppendedFile file) => _file = file;

    /// <summary>Opens the log, or creates it. On Linux, only its owner can read a new log.</summary>
    /// <exception cref="IOException">The log cannot be opened, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the log is denied.</exception>
    public static AuditLog Open(string path) => new(AppendedFile.Open(path));

    /// <summary>Appends records, and returns when they are on the disk.</summary>
    /// <param name="records">The records.</param>
    /// <param name="request">The request to which they belong.</param>
    /// <exception cref="IOException">The records could not be written, or only a part of them.</exception>
    public void Append(IReadOnlyList<XenPoke> records, PokeRequest request)
    {
        using var lines = new MemoryStream();
        // If the log does not end with a newline, an earlier process ended while it wrote the last line. A newline is added, so that the
        // new records are not appended to the incomplete line.
        if (!_file.EndsWith((byte)'\n')) lines.WriteByte((byte)'\n');
        foreach (var record in records)
        {
            WriteLine(lines, record, request);
            lines.WriteByte((byte)'\n');
        }
        _file.Append(lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }

    private static void WriteLine(Stream lines, XenPoke record, PokeRequest request)
    {
        if (record.Outcome != PokeOutcome.Intended)
        {
            JsonSerializer.Serialize(lines, record, PokeJson.Default.XenPoke);
            return;
        }
        var line = JsonSerializer.SerializeToNode(record, PokeJson.Default.XenPoke)!.AsObject();
        line.Add(Request, JsonSerializer.SerializeToNode(request, PokeJson.Default.PokeRequest));
        using var writer = new Utf8JsonWriter(lines);
        line.WriteTo(writer);
    }

    public void Dispose() => _file.Dispose();
}
