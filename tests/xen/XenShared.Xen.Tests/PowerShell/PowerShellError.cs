namespace XenShared.Xen.Tests.PowerShell;

/// <summary>An error record.</summary>
internal sealed record PowerShellError(string Id, string Category, string Message);
