namespace XenShared.Xen.Tests.PowerShell;

/// <summary>Represents an error record.</summary>
internal sealed record PowerShellError(string Id, string Category, string Message);
