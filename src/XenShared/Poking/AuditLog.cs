using System.Text.Json;
using XenShared.Files;

namespace XenShared.Poking;

/// <summary>
/// The file to which pokes are appended, each as one line of JSON: what is intended, before anything is written, and then what became of
/// it. Several processes can append to the same file.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    private readonly AppendedFile _file;

    private AuditLog(AppendedFile file) => _file = file;

    /// <summary>Opens the log, or makes it, readable for its owner only.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static AuditLog Open(string path) => new(AppendedFile.Open(path));

    /// <summary>Appends records, and does not return before the disk has them.</summary>
    /// <exception cref="IOException">They could not be written; a part of them may have been.</exception>
    public void Append(IReadOnlyList<XenPoke> records)
    {
        using var lines = new MemoryStream();
        // Whoever wrote last may have been cut off in its line: that one is lost, and this one is not.
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
