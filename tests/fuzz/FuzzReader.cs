namespace XenShared.Fuzz;

/// <summary>Represents a reader under test: its input, and its permitted results.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Make">Creates an input from random numbers.</param>
/// <param name="Read">Reads it and runs all queries; throws what the reader throws.</param>
/// <param name="MaximumAllocation">The number of bytes that reading may allocate, in addition to 64 for each byte of the input.</param>
public sealed record FuzzReader(string Name, Func<Random, byte[]> Make, Action<byte[]> Read, long MaximumAllocation);
