namespace XenShared.Xen.Tests.Bed;

/// <summary>Tests of the host with the quick guests.</summary>
[CollectionDefinition(Name)]
public sealed class QuickCollection : ICollectionFixture<QuickBed>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "quick guests";
}
