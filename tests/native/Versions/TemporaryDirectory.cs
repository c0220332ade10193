namespace XenShared.Native.Tests.Versions;

/// <summary>Represents a directory that is deleted on disposal.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("fakexen-libraries-").FullName;

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
