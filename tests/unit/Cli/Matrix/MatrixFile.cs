namespace XenShared.Tests.Cli.Matrix;

/// <summary>A file of the matrix.</summary>
/// <param name="Name">Its name, by which a test case is known.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Kind">What it is at bottom: a capture of a core dump knows no more than the core dump.</param>
/// <param name="IsReadable">False for what no reader takes: everything but an error is wrong.</param>
internal sealed record MatrixFile(string Name, string Path, MatrixKind Kind, bool IsReadable = true)
{
    /// <summary>The file that it is a capture of; null when it is none that the matrix made.</summary>
    public MatrixFile? Source { get; init; }

    /// <summary>The first domain in it.</summary>
    public ushort DomId { get; init; }

    /// <summary>The name of that; null when the file does not carry it.</summary>
    public string? DomainName { get; init; }
}
