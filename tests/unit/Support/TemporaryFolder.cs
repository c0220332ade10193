namespace XenShared.Tests.Support;

/// <summary>Represents a folder that is deleted at the end of the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xenshared-test-");

    public string Root => _folder.FullName;

    public IEnumerable<string> FileNames => _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal);

    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>Returns the path of a copy of the sample capture of a real host.</summary>
    public string RealCapture() => Write("real.xencap", CaptureText.Compress(CaptureText.RealText()));

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
