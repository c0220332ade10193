namespace XenShared.Tests.Cli.Matrix;

/// <summary>Represents a file of the matrix.</summary>
/// <param name="Name">The name, which identifies the test case.</param>
/// <param name="Path">The path.</param>
/// <param name="Kind">The kind of the data: a capture of a core dump contains no more than the core dump.</param>
/// <param name="IsReadable">Whether a reader supports the file. If not, the only correct result is an error.</param>
internal sealed record MatrixFile(string Name, string Path, MatrixKind Kind, bool IsReadable = true)
{
    /// <summary>Gets the file of which this file is a capture; null if the matrix did not create it from another file.</summary>
    public MatrixFile? Source { get; init; }

    /// <summary>Gets the number of the first domain in it.</summary>
    public ushort DomId { get; init; }

    /// <summary>Gets the name of that domain; null if the file does not contain it.</summary>
    public string? DomainName { get; init; }
}
