namespace XenShared.Native.Tests.Fake;

/// <summary>
/// Groups the tests that share the fake host of this process and its standard error. They run one after the other, and no other tests run
/// at the same time.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FakeXenCollection : ICollectionFixture<FakeXenFixture>
{
    public const string Name = "fake Xen in this process";
}
