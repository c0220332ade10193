using System.ComponentModel;
using System.Diagnostics;

namespace XenShared.Tests.Support;

/// <summary>Finds the checkout that the tests were built from, above the folder of their assembly.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    /// <summary>Returns the C# files below a folder, without build output.</summary>
    public static IEnumerable<string> CSharpFiles(string folder) =>
        Files(folder).Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Returns all files below a folder, without build output, by their paths from the root.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory
            .EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "TestResults" or "artifacts"))
            .Order(StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>Returns the names of all committed files; null without git, or outside of a repository.</summary>
    public static string[]? ReadCommittedNames()
    {
        var start = new ProcessStartInfo("git", ["ls-files"]) { WorkingDirectory = Root, RedirectStandardOutput = true };
        try
        {
            using var git = Process.Start(start)!;
            var names = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            git.WaitForExit();
            return git.ExitCode == 0 && names.Length > 0 ? names : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "XenShared.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException("The tests do not lie inside a checkout: no folder above them holds XenShared.slnx.");
    }
}
