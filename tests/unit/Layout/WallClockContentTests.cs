using XenShared.Layout;

namespace XenShared.Tests.Layout;

/// <summary>Tests decoding and encoding the wall clock of a page.</summary>
public sealed class WallClockContentTests
{
    [Theory]
    [InlineData(2u, 1_795_339_794ul, 58_692_473u, true)]
    [InlineData(2u, 1ul, 0u, true)]
    [InlineData(4u, 7_258_118_399ul, 999_999_999u, true)]
    [InlineData(0u, 1_795_339_794ul, 0u, false)]
    [InlineData(3u, 1_795_339_794ul, 0u, false)]
    [InlineData(2u, 0ul, 0u, false)]
    [InlineData(2u, 7_258_118_400ul, 0u, false)]
    [InlineData(2u, ulong.MaxValue, 0u, false)]
    [InlineData(2u, 1_795_339_794ul, 1_000_000_000u, false)]
    [InlineData(2u, 1_795_339_794ul, uint.MaxValue, false)]
    public void WhatXenCanHaveWritten(uint version, ulong seconds, uint nanoseconds, bool isPlausible) =>
        Assert.Equal(isPlausible, new WallClockContent(version, seconds, nanoseconds).IsPlausible);

    [Theory]
    [InlineData(GuestLayout.X86_64, 3084)]
    [InlineData(GuestLayout.X86_32, 2340)]
    [InlineData(GuestLayout.Arm, 1084)]
    public void TheHighSecondsCount(GuestLayout which, int offset)
    {
        var page = new byte[4096];
        page[offset] = 1;

        Assert.Equal(1ul << 32, WallClockContent.Decode(page, SharedInfoLayout.ForLayout(which)).Seconds);
    }
}
