using System.Runtime.CompilerServices;

namespace XenShared.PowerShellForTests;

/// <summary>Makes the PowerShell and Pester of <c>tests/powershell/fetch</c> available if the machine has none.</summary>
internal static class PowerShellOnPath
{
    [ModuleInitializer]
    internal static void Append()
    {
        var root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "XenShared.slnx"))) root = Path.GetDirectoryName(root);
        if (root is null) return;
        var folder = Path.Combine(root, "artifacts", "powershell");
        // Behind what is installed, so that an installed PowerShell and an installed Pester come first.
        Append("PATH", folder);
        Append("PSModulePath", Path.Combine(folder, "Modules"));
    }

    private static void Append(string variable, string folder)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, string.IsNullOrEmpty(value) ? folder : $"{value}{Path.PathSeparator}{folder}");
    }
}
