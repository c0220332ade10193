namespace XenShared.Tests.Support;

/// <summary>Tests that allocate so much that others, which measure what the process allocates, must not run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
