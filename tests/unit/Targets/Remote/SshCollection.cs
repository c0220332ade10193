namespace XenShared.Tests.Targets.Remote;

/// <summary>
/// Groups the tests that share the bed. They run one after the other, and no other tests run at the same time, because they change the PATH
/// on which ssh is found, and measure the memory that the process allocates.
/// </summary>
[CollectionDefinition("ssh", DisableParallelization = true)]
public sealed class SshCollection : ICollectionFixture<SshBed>;
