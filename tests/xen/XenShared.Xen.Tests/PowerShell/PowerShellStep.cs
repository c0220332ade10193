using System.Text.Json;

namespace XenShared.Xen.Tests.PowerShell;

/// <summary>Represents the result of one line of PowerShell.</summary>
internal sealed record PowerShellStep(string Line, JsonElement[] Output, string[] Warnings, PowerShellError[] Errors, long Milliseconds);
