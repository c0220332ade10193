using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Host;

/// <summary>Represents a capture that was made in dom0 and is read on this machine.</summary>
internal sealed class Capture
{
    /// <summary>
    /// The variable for a folder to which captures are copied, for the test data of this project (<c>suite --captures DIR</c>).
    /// </summary>
    private const string FolderVariable = "XENSHARED_XEN_CAPTURES";

    private readonly string _path;

    private Capture(string path) => _path = path;

    /// <summary>Makes a capture with <c>xenshared</c>.</summary>
    /// <param name="dom0">The control domain.</param>
    /// <param name="arguments">Further arguments for <c>xenshared capture</c>.</param>
    /// <param name="name">The file's name here, without extension.</param>
    public static async Task<Capture> TakeAsync(Dom0 dom0, string arguments, string name) =>
        await KeepAsync((await dom0.XenSharedAsync($"capture - {arguments}")).Succeeded().Output, name, isTestData: true);

    /// <summary>Stores the bytes of a capture under a name.</summary>
    /// <param name="bytes">The capture.</param>
    /// <param name="name">The file's name here, without extension.</param>
    /// <param name="isTestData">Whether it is one of those that the test data are made of.</param>
    public static async Task<Capture> KeepAsync(byte[] bytes, string name, bool isTestData = false)
    {
        var kept = new Capture(
            Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Artifacts, "captures")).FullName, $"{name}.xencap"));
        await File.WriteAllBytesAsync(kept._path, bytes);
        if (isTestData && Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
            File.Copy(kept._path, Path.Combine(Directory.CreateDirectory(folder).FullName, Path.GetFileName(kept._path)), overwrite: true);
        return kept;
    }

    /// <summary>Runs the program on this machine with the capture.</summary>
    public async Task<Answers<T>> AskAsync<T>(string command)
    {
        var start = Command.Prepare(Dom0Files.Program[0], [.. Dom0Files.Program.Skip(1), command, "--json", "--target", _path]);
        return Answers<T>.Parse(await Command.RunAsync(start));
    }
}
