using System.Management.Automation;
using XenShared.Files;
using XenShared.PowerShell.Errors;

namespace XenShared.PowerShell.Files;

/// <summary>A file that is written as a whole.</summary>
internal sealed class OutputFile(string path)
{
    /// <summary>Gets the file's full path.</summary>
    public string FullName { get; } = Path.GetFullPath(path);

    /// <summary>Returns why the file may not be written; null when it may.</summary>
    public ErrorRecord? WhyNotWritable(bool noClobber, bool force)
    {
        if (Directory.Exists(FullName))
        {
            return ErrorRecords.FromUse("PathIsDirectory", ErrorCategory.InvalidArgument,
                $"'{FullName}' is a directory; name the file to write.", "Name the file to write.", FullName);
        }
        if (!Directory.Exists(Path.GetDirectoryName(FullName)))
        {
            return ErrorRecords.FromUse("PathNotFound", ErrorCategory.ObjectNotFound,
                $"There is no directory '{Path.GetDirectoryName(FullName)}'; make it first.", "Make the directory first.", FullName);
        }
        if (noClobber && File.Exists(FullName))
        {
            return ErrorRecords.FromUse(
                "NoClobber",
                ErrorCategory.ResourceExists,
                $"'{FullName}' exists and was left as it is; choose another path, or leave -NoClobber out.",
                "Choose another path, or leave -NoClobber out.",
                FullName);
        }
        if (!force && File.Exists(FullName) && File.GetAttributes(FullName).HasFlag(FileAttributes.ReadOnly))
        {
            return ErrorRecords.FromUse("FileReadOnly", ErrorCategory.PermissionDenied,
                $"'{FullName}' is read-only; choose another path, or use -Force.", "Choose another path, or use -Force.", FullName);
        }
        return null;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="content">Writes the content; false when there is none, and then there is no file.</param>
    /// <param name="overwrite">Whether a file in its place is replaced.</param>
    /// <param name="cancellation">Ends waiting for the reader of a pipe.</param>
    /// <returns>Whether there is a file now.</returns>
    public bool Write(Func<Stream, bool> content, bool overwrite, CancellationToken cancellation) =>
        WholeFile.Write(FullName, overwrite, content, cancellation: cancellation);
}
