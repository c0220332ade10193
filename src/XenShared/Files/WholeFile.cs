namespace XenShared.Files;

/// <summary>
/// Writes a file that is there as a whole or not at all: it gets its name when it is complete. A symbolic link stays, and the file that it
/// leads to is replaced. What is no file (a pipe, a character device, standard output by its name) is written through, and stays what it
/// is.
/// </summary>
public static class WholeFile
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Returns whether a regular file stands at a path, which a write would replace.</summary>
    /// <exception cref="IOException">The path cannot be written to, whatever stands there.</exception>
    /// <exception cref="UnauthorizedAccessException">The path may not be followed.</exception>
    public static bool Exists(string path) => FileDestination.Find(path).IsExistingFile;

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where it shall be.</param>
    /// <param name="overwrite">Whether a file in its place is replaced.</param>
    /// <param name="content">Writes the content; false when there is none to keep, and then there is no file.</param>
    /// <param name="isForAll">
    /// Whether others may read it: its mode is 0644, else 0600, whatever the umask is and whatever mode a file that it replaces had.
    /// What tells of memory, or of who runs when, is for its owner only.
    /// </param>
    /// <param name="cancellation">Ends waiting for the reader of a pipe.</param>
    /// <returns>Whether there is a file now.</returns>
    /// <exception cref="IOException">The file exists and is not to be replaced, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static bool Write(
        string path,
        bool overwrite,
        Func<Stream, bool> content,
        bool isForAll = false,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var destination = FileDestination.Find(path);
        if (!destination.IsWrittenThrough) return Write(path, destination.Path, overwrite, content, isForAll);
        using var stream = destination.OpenThrough(cancellation);
        return content(stream);
    }

    /// <summary>
    /// Writes a file of this program's own, for its owner: whatever stands at that name, also a link or a pipe, is replaced.
    /// </summary>
    /// <param name="path">Where it shall be.</param>
    /// <param name="content">Writes the content.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Replace(string path, Action<Stream> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Write(path, path, overwrite: true, stream => { content(stream); return true; }, isForAll: false);
    }

    private static bool Write(string name, string path, bool overwrite, Func<Stream, bool> content, bool isForAll)
    {
        using var file = TemporaryFile.Create(name, Path.GetDirectoryName(path)!, isForAll);
        // Not disposed of, which would write again what could not be written.
        var buffer = new BufferedStream(file.Stream, BufferBytes);
        if (!content(buffer)) return false;
        buffer.Flush();
        file.Commit(path, overwrite);
        return true;
    }
}
