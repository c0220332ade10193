namespace XenShared.Tests.Targets.Remote;

/// <summary>
/// Tests that share the bed, one after the other and beside no others: they change the path on which ssh is found, and measure what the
/// process allocates.
/// </summary>
[CollectionDefinition("ssh", DisableParallelization = true)]
public sealed class SshCollection : ICollectionFixture<SshBed>;
