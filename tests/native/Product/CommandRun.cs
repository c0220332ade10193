namespace XenShared.Native.Tests.Product;

/// <summary>Represents the result of a command that ran in this process.</summary>
/// <param name="Status">Its exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Exceptions">The types of all exceptions that were thrown in it, also of those that were handled.</param>
internal sealed record CommandRun(int Status, string Output, string Error, IReadOnlyCollection<string> Exceptions);
