namespace XenShared.Tests.Support;

/// <summary>Groups the tests that allocate so much memory that tests which measure allocations must not run at the same time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
