using System.Text.Json;

namespace XenShared.Xen.Tests.PowerShell;

/// <summary>What one line gave in PowerShell.</summary>
internal sealed record PowerShellStep(string Line, JsonElement[] Output, string[] Warnings, PowerShellError[] Errors, long Milliseconds);
