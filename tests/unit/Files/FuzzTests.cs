using XenShared.Fuzz;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Runs the fuzzer for a short time from a fixed seed. <c>build.ps1 -Task Fuzz</c> runs it for longer.</summary>
[Collection(AloneCollection.Name)]
public sealed class FuzzTests
{
    private const int Seed = 20_261_124;

    public static TheoryData<string> Readers => new(FuzzReaders.All.Select(reader => reader.Name));

    [Theory, MemberData(nameof(Readers))]
    public void DamagedFilesAreRejectedOrRead(string name)
    {
        FuzzReport? report = null;
        Watchdog.Ends(() => report = FuzzRun.Run(FuzzReaders.All.Single(reader => reader.Name == name), Seed, first: 0, count: 1500));

        Assert.True(report!.Failures.Count == 0, string.Join('\n', report.Failures));
        // A run with only one outcome has tested nothing.
        Assert.InRange(report.Answered, 50, 1500);
        Assert.True(name == "layout" || report.Refused.Values.Sum() >= 50, report.ToString());
    }

    [Fact]
    public void WhatComesOutOfAReaderIsAFailureUnlessItIsARefusal()
    {
        var reader = new FuzzReader("x", random => new byte[random.Next(10)], input => throw (input.Length switch
        {
            < 3 => new XenException(XenErrorId.FileDamaged, "x", "y"),
            < 6 => new XenException(XenErrorId.DomainNotFound, "x", "y"),
            _ => new InvalidOperationException("x"),
        }), 1 << 20);
        var report = FuzzRun.Run(reader, Seed, 0, 12);

        Assert.Equal(12, report.Refused.Values.Sum() + report.Failures.Count);
        Assert.NotEmpty(report.Failures);
        Assert.NotEmpty(report.Refused);
    }

    [Fact]
    public void MoreThanAReaderMayAllocateIsAFailure()
    {
        var report = FuzzRun.Run(new FuzzReader("x", _ => [1], _ => GC.KeepAlive(new byte[100_000]), 1000), Seed, 0, 3);

        Assert.Equal(3, report.Failures.Count);
    }
}
