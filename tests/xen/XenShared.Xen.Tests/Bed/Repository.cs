namespace XenShared.Xen.Tests.Bed;

/// <summary>Finds the folders of the working tree.</summary>
internal static class Repository
{
    /// <summary>Gets the root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Gets the folder of the test bed.</summary>
    public static string Xen { get; } = Path.Combine(Root, "tests", "xen");

    /// <summary>Gets the folder for all files that a boot of the chosen Xen uses and creates.</summary>
    public static string Artifacts { get; } = Path.Combine(Root, "artifacts", "xen", Suite.Current.Name);

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "XenShared.slnx"))) return folder;
        }
        throw new InvalidOperationException(
            $"No folder above {AppContext.BaseDirectory} holds XenShared.slnx; build the tests inside the working tree.");
    }
}
