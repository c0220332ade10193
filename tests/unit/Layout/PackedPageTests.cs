using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Checks that a packed page has the bytes from which it was made, and that pages of guests get small.</summary>
public sealed class PackedPageTests
{
    [Fact]
    public void APageIsTheSameAfterPacking() => Always.Holds(Arbitrary.Page, page =>
    {
        AssertSame(page);
        // A page of which most words are uniform, like the bitmaps of a guest.
        page.AsSpan(64, 3968).Fill(page[0]);
        AssertSame(page);
    }, cases: 200);

    [Fact]
    public void AChangeOfAnyWordIsKept()
    {
        for (var word = 0; word < SharedInfoLayout.PageSize / 8; word++)
        {
            foreach (var rest in (byte[])[0, 0xff])
            {
                var page = new byte[SharedInfoLayout.PageSize];
                page.AsSpan().Fill(rest);
                page[word * 8 + word % 8] ^= 0x10;
                AssertSame(page);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xff)]
    public void AUniformPageIsSmall(byte content)
    {
        var page = new byte[SharedInfoLayout.PageSize];
        page.AsSpan().Fill(content);

        PackedPage.Pack(page);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var packed = PackedPage.Pack(page);

        Assert.True(packed.IsPacked);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 256);
    }

    [Fact]
    public void APageThatDoesNotGetSmallerIsCopied()
    {
        var page = new byte[SharedInfoLayout.PageSize];
        new Random(1).NextBytes(page);
        var copy = page.ToArray();

        var packed = PackedPage.Pack(page);
        page.AsSpan().Clear();

        Assert.False(packed.IsPacked);
        Assert.Equal(copy, packed.Unpack().ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(4097)]
    public void OnlyWholePagesArePacked(int length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedPage.Pack(new byte[length]));
        Assert.Equal(length, PackedPage.From(new byte[length]).Length);
    }

    private static void AssertSame(byte[] page)
    {
        var packed = PackedPage.Pack(page);

        Assert.Equal(SharedInfoLayout.PageSize, packed.Length);
        Assert.True(page.AsSpan().SequenceEqual(packed.Unpack().Span));
    }
}
