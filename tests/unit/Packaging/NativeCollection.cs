namespace XenShared.Tests.Packaging;

/// <summary>Groups the tests of the native executable and its packages, which are built once.</summary>
[CollectionDefinition(Name)]
public sealed class NativeCollection : ICollectionFixture<NativeBuild>
{
    internal const string Name = "native executable";
}
