namespace XenShared.Files;

/// <summary>
/// Writes a file so that it is either complete or not created: it gets its name when it is complete. Symbolic links are followed, and the
/// file to which they lead is replaced. A pipe, a character device and <c>/dev/stdout</c> are written directly.
/// </summary>
public static class WholeFile
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Determines whether a write would replace a regular file.</summary>
    /// <exception cref="IOException">The path cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to a folder of the path is denied.</exception>
    public static bool Exists(string path) => FileDestination.Find(path).IsExistingFile;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <param name="content">Writes the content. If it returns false, no file is created.</param>
    /// <param name="isForAll">Whether other users may read the file. The mode is 0644 or 0600, independent of the umask and of the mode of
    /// a replaced file. A file with the content of memory or about the activity of guests is for its owner only.</param>
    /// <param name="cancellation">Cancels waiting for the reader of a pipe.</param>
    /// <returns>True if the file was created.</returns>
    /// <exception cref="IOException">The file exists and must not be replaced, or it cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
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
    /// Writes an internal file of this program, for its owner only. Anything with that name, even a link or a pipe, is replaced.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="content">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public static void Replace(string path, Action<Stream> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Write(path, path, overwrite: true, stream => { content(stream); return true; }, isForAll: false);
    }

    private static bool Write(string name, string path, bool overwrite, Func<Stream, bool> content, bool isForAll)
    {
        using var file = TemporaryFile.Create(name, Path.GetDirectoryName(path)!, isForAll);
        // The buffer is not disposed. After a failed write, disposing it would try to write the same data again.
        var buffer = new BufferedStream(file.Stream, BufferBytes);
        if (!content(buffer)) return false;
        buffer.Flush();
        file.Commit(path, overwrite);
        return true;
    }
}
