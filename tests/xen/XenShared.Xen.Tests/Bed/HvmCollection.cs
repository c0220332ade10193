namespace XenShared.Xen.Tests.Bed;

/// <summary>Groups the tests of HVM guests. They run alone, because each guest has a device model that needs a processor.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HvmCollection : ICollectionFixture<HvmBed>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "HVM guests";
}
