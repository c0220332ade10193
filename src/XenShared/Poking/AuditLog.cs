using System.Text.Json;

namespace XenShared.Poking;

/// <summary>A file to which every poke is appended, as one line of JSON. It is opened before anything is written, so that no poke goes unrecorded for want of it.</summary>
internal sealed class AuditLog : IDisposable
{
    private readonly FileStream? _file;

    private AuditLog(FileStream? file) => _file = file;

    /// <summary>Opens the log.</summary>
    /// <param name="path">The file, which is made when it does not exist; null for no log.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static AuditLog Open(string? path) => new(path is null ? null : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));

    /// <summary>Appends a poke, and does not return before the disk has it.</summary>
    public void Append(XenPoke poke)
    {
        if (_file is null) return;
        // One write, so that the lines of two processes do not run into each other.
        var line = JsonSerializer.SerializeToUtf8Bytes(poke, PokeJson.Default.XenPoke);
        Array.Resize(ref line, line.Length + 1);
        line[^1] = (byte)'\n';
        _file.Write(line);
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file?.Dispose();
}
