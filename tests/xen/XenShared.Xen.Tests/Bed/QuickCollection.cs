namespace XenShared.Xen.Tests.Bed;

/// <summary>Groups the tests that read the quick guests.</summary>
[CollectionDefinition(Name)]
public sealed class QuickCollection : ICollectionFixture<QuickBed>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "quick guests";
}
