using System.Text.Json;
using XenShared.Files;

namespace XenShared.Poking;

/// <summary>
/// Appends pokes to a file, one line of JSON each: the intent before anything is written, and then the outcome. Several processes can
/// append to the same file.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    private readonly AppendedFile _file;

    private AuditLog(AppendedFile file) => _file = file;

    /// <summary>Opens or creates the log, readable for its owner only.</summary>
    /// <exception cref="IOException">The log cannot be opened, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the log is denied.</exception>
    public static AuditLog Open(string path) => new(AppendedFile.Open(path));

    /// <summary>Appends records, and returns when they are on the disk.</summary>
    /// <exception cref="IOException">The records could not be written, or only a part of them.</exception>
    public void Append(IReadOnlyList<XenPoke> records)
    {
        using var lines = new MemoryStream();
        // The last writer may have been interrupted in its line. Only that line is lost.
        if (!_file.EndsWith((byte)'\n')) lines.WriteByte((byte)'\n');
        foreach (var record in records)
        {
            JsonSerializer.Serialize(lines, record, PokeJson.Default.XenPoke);
            lines.WriteByte((byte)'\n');
        }
        _file.Append(lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }

    public void Dispose() => _file.Dispose();
}
