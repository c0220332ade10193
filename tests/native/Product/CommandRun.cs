namespace XenShared.Native.Tests.Product;

/// <summary>What a run of the command line in this process left behind.</summary>
/// <param name="Status">Its exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Exceptions">The types of all exceptions that were thrown in it, also of those that were handled.</param>
internal sealed record CommandRun(int Status, string Output, string Error, IReadOnlyCollection<string> Exceptions);
