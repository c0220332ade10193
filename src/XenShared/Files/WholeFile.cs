namespace XenShared.Files;

/// <summary>Writes a file that is there as a whole or not at all: it is written beside its place under another name, and renamed at the end.</summary>
public static class WholeFile
{
    /// <summary>Writes the file.</summary>
    /// <param name="path">Where it shall be.</param>
    /// <param name="overwrite">Whether a file in its place is replaced.</param>
    /// <param name="content">Writes the content; false when there is none to keep, and then there is no file.</param>
    /// <param name="isForAll">Whether others may read it; as far as the user's umask lets them. What tells of memory, or of who runs when, is for its owner only.</param>
    /// <returns>Whether there is a file now.</returns>
    /// <exception cref="IOException">The file exists and is not to be replaced, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static bool Write(string path, bool overwrite, Func<Stream, bool> content, bool isForAll = false)
    {
        ArgumentNullException.ThrowIfNull(content);
        var unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(unfinished, Options(isForAll)))
            {
                if (!content(stream)) return false;
                stream.Flush(flushToDisk: true);
            }
            if (overwrite && OperatingSystem.IsWindows() && File.Exists(path)) File.SetAttributes(path, FileAttributes.Normal);
            File.Move(unfinished, path, overwrite);
            return true;
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static FileStreamOptions Options(bool isForAll)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (isForAll ? UnixFileMode.GroupRead | UnixFileMode.OtherRead : UnixFileMode.None);
        return options;
    }
}
