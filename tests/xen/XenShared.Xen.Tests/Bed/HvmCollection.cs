namespace XenShared.Xen.Tests.Bed;

/// <summary>Tests of HVM guests.</summary>
[CollectionDefinition(Name)]
public sealed class HvmCollection : ICollectionFixture<HvmBed>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "HVM guests";
}
