using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Tests reading and writing one field.</summary>
public sealed class LayoutFieldTests
{
    [Theory]
    [InlineData(1, 0x01ul)]
    [InlineData(2, 0x0201ul)]
    [InlineData(4, 0x04030201ul)]
    [InlineData(8, 0x0807060504030201ul)]
    public void TheLowestByteComesFirst(int width, ulong value)
    {
        byte[] record = [0xee, 1, 2, 3, 4, 5, 6, 7, 8, 0xee];
        var field = new LayoutField("field", 1, width);

        Assert.Equal(value, field.Read(record));

        var written = new byte[10];
        field.Write(written, value);
        Assert.Equal(record[1..(1 + width)], written[1..(1 + width)]);
        Assert.All(written[(1 + width)..], second => Assert.Equal(0, second));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void AFieldFitsAtTheEndAndNoFurther(int width)
    {
        var record = new byte[16];

        Assert.Equal(0ul, new LayoutField("last", 16 - width, width).Read(record));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayoutField("beyond", 17 - width, width).Read(record));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayoutField("beyond", 17 - width, width).Write(record, 0));
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(int.MinValue, 8)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue, 8)]
    [InlineData(0, -1)]
    [InlineData(0, int.MinValue)]
    [InlineData(0, 0)]
    [InlineData(0, 3)]
    [InlineData(0, 16)]
    public void OddPlacesAndWidthsAreRefused(int offset, int width)
    {
        var record = new byte[16];

        Assert.Throws<ArgumentOutOfRangeException>(() => new LayoutField("odd", offset, width).Read(record));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayoutField("odd", offset, width).Write(record, 0));
        Assert.All(record, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1, 0x100ul)]
    [InlineData(2, 0x1_0000ul)]
    [InlineData(4, 0x1_0000_0000ul)]
    public void AValueThatNeedsMoreBytesIsNotCutOff(int width, ulong value)
    {
        var record = new byte[8];
        var field = new LayoutField("field", 0, width);

        Assert.Throws<ArgumentOutOfRangeException>(() => field.Write(record, value));
        Assert.All(record, at => Assert.Equal(0, at));

        field.Write(record, value - 1);
        Assert.Equal(value - 1, field.Read(record));
    }

    [Fact]
    public void WhatIsWrittenIsRead() => Always.Holds(Arbitrary.UInt64, value =>
    {
        foreach (var width in (int[])[1, 2, 4, 8])
        {
            var record = new byte[24];
            var field = new LayoutField("field", 8, width);
            var fitting = width == 8 ? value : value & (1ul << 8 * width) - 1;

            field.Write(record, fitting);

            Assert.Equal(fitting, field.Read(record));
        }
    });
}
