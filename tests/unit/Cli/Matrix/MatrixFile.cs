namespace XenShared.Tests.Cli.Matrix;

/// <summary>Represents a file of the matrix.</summary>
/// <param name="Name">Its name, by which a test case is known.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Kind">What it is at bottom: a capture of a core dump knows no more than the core dump.</param>
/// <param name="IsReadable">False for what no reader takes: everything but an error is wrong.</param>
internal sealed record MatrixFile(string Name, string Path, MatrixKind Kind, bool IsReadable = true)
{
    /// <summary>Gets the file of which this file is a capture; null if the matrix did not create it from another file.</summary>
    public MatrixFile? Source { get; init; }

    /// <summary>Gets the number of the first domain in it.</summary>
    public ushort DomId { get; init; }

    /// <summary>Gets the name of that domain; null if the file does not contain it.</summary>
    public string? DomainName { get; init; }
}
