namespace XenShared.Xen.Tests.Bed;

/// <summary>Groups the tests that write to the quick guests.</summary>
[CollectionDefinition(Name)]
public sealed class PokedCollection : ICollectionFixture<PokedBed>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "poked guests";
}
