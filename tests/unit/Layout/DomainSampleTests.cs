using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Tests copies of pages that nobody writes, or whose writer has stopped halfway.</summary>
public sealed class DomainSampleTests
{
    [Fact]
    public void ARestingPageIsCopiedAsItIs() => Always.Holds(Arbitrary.Page, page =>
    {
        MakeCountersEven(page);

        var snapshot = DomainSample.Take(page, SharedInfoLayout.X86_64);

        Assert.Equal(page, snapshot.Page.ToArray());
        Assert.Empty(snapshot.Unstable);
    });

    [Theory]
    [InlineData(32, "vCPU 0 time")]
    [InlineData(32 + 31 * 64, "vCPU 31 time")]
    [InlineData(3072, "X86_64 wall clock")]
    [InlineData(3128, "X86_64 P2M")]
    public void ACounterThatStaysOddIsNamedAndTheRestIsCopied(int counter, string name)
    {
        var page = new byte[4096];
        new Random(1).NextBytes(page);
        MakeCountersEven(page);
        page[counter] |= 1;

        var snapshot = DomainSample.Take(page, SharedInfoLayout.X86_64);

        Assert.Equal([name], snapshot.Unstable);
        Assert.Equal(page, snapshot.Page.ToArray());
    }

    [Fact]
    public void APageWhoseEveryCounterIsOddIsCopiedAllTheSame()
    {
        var page = Enumerable.Repeat((byte)0xff, 4096).ToArray();

        var snapshot = DomainSample.Take(page, SharedInfoLayout.X86_64, SharedInfoLayout.X86_32);

        Assert.Equal(32 + 2 + 2, snapshot.Unstable.Count);
        Assert.Equal(page, snapshot.Page.ToArray());
    }

    [Fact]
    public void PendingBitsOfA64BitGuestThatLookLikeAnOddClockOf32BitsHarmNothing()
    {
        var page = Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 2);
        page[SharedInfoLayout.X86_32.WallClockVersion.Offset] = 1;

        var snapshot = DomainSample.Take(page, SharedInfoLayout.X86_64, SharedInfoLayout.X86_32);

        Assert.Equal(["X86_32 wall clock"], snapshot.Unstable);
        Assert.Equal(page, snapshot.Page.ToArray());
    }

    [Fact]
    public void TheCopyIsTheCallersOwn()
    {
        var page = new byte[4096];
        var snapshot = DomainSample.Take(page, SharedInfoLayout.X86_64);

        page[100] = 1;

        Assert.Equal(0, snapshot.Page.Span[100]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(8192)]
    public void BytesOfAnotherLengthAreNoPage(int length) => Assert.Throws<ArgumentException>(() => new DomainSample(new byte[length]));

    private static void MakeCountersEven(byte[] page)
    {
        for (var slot = 0; slot < 32; slot++) page[slot * 64 + 32] &= 0xfe;
        page[3072] &= 0xfe;
        page[3128] &= 0xfe;
    }
}
