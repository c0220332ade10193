namespace XenShared.Xen.Tests.Bed;

/// <summary>Where things are in the working tree.</summary>
internal static class Repository
{
    /// <summary>The root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of the test bed.</summary>
    public static string Xen { get; } = Path.Combine(Root, "tests", "xen");

    /// <summary>Everything made for, and brought back from, a boot of the chosen Xen.</summary>
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
