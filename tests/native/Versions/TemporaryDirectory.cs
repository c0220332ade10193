namespace XenShared.Native.Tests.Versions;

/// <summary>A directory that goes away.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("fakexen-libraries-").FullName;

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
