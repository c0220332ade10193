namespace XenShared.Native.Tests.Fake;

/// <summary>Tests that share the fake host of this process, and its standard error: one after the other, and beside nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FakeXenCollection : ICollectionFixture<FakeXenFixture>
{
    public const string Name = "fake Xen in this process";
}
