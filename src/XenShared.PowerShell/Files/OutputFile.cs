using System.Management.Automation;
using XenShared.Files;
using XenShared.PowerShell.Errors;

namespace XenShared.PowerShell.Files;

/// <summary>Represents an output file that is created only when all of it is written.</summary>
internal sealed class OutputFile(string path)
{
    /// <summary>Gets the full path.</summary>
    public string FullName { get; } = Path.GetFullPath(path);

    /// <summary>Returns the reason why the file must not be written; null if these checks find none.</summary>
    public ErrorRecord? WhyNotWritable(bool noClobber, bool force)
    {
        if (Directory.Exists(FullName))
        {
            return ErrorRecords.FromUse("PathIsDirectory", ErrorCategory.InvalidArgument,
                $"'{FullName}' is a directory.", "Name the file to write.", FullName);
        }
        if (!Directory.Exists(Path.GetDirectoryName(FullName)))
        {
            return ErrorRecords.FromUse("PathNotFound", ErrorCategory.ObjectNotFound,
                $"There is no directory '{Path.GetDirectoryName(FullName)}'.", "Make the directory first.", FullName);
        }
        if (noClobber && File.Exists(FullName))
        {
            return ErrorRecords.FromUse(
                "NoClobber",
                ErrorCategory.ResourceExists,
                $"'{FullName}' exists and was left as it is.",
                "Choose another path, or omit -NoClobber.",
                FullName);
        }
        if (!force && File.Exists(FullName) && File.GetAttributes(FullName).HasFlag(FileAttributes.ReadOnly))
        {
            return ErrorRecords.FromUse("FileReadOnly", ErrorCategory.PermissionDenied,
                $"'{FullName}' is read-only.", "Choose another path, or use -Force.", FullName);
        }
        return null;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="content">Writes the content. If it returns false, no file is created.</param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <param name="cancellation">Cancels waiting for the reader of a pipe.</param>
    /// <returns>True if the file was created.</returns>
    public bool Write(Func<Stream, bool> content, bool overwrite, CancellationToken cancellation) =>
        WholeFile.Write(FullName, overwrite, content, cancellation: cancellation);
}
