using FsCheck.Fluent;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Compares the bitmap operations with a loop over every bit.</summary>
public sealed class EventBitmapTests
{
    [Theory]
    [InlineData(512)]
    [InlineData(128)]
    [InlineData(8)]
    [InlineData(5)]
    [InlineData(0)]
    public void EveryWayOfLookingAgreesWithALoop(int length) => Always.Holds(Arbitrary.Page.Select(page => page[..length]), bitmap =>
    {
        var expected = new List<uint>();
        for (uint port = 0; port < length * 8; port++)
        {
            var isSet = (bitmap[port / 8] & 1 << (int)(port % 8)) != 0;
            if (isSet) expected.Add(port);
            Assert.Equal(isSet, EventBitmap.IsSet(bitmap, port));
        }
        var ports = new List<uint>();
        EventBitmap.AddSetPorts(bitmap, ports);

        Assert.Equal(expected, ports);
        Assert.Equal(expected.Count, EventBitmap.Count(bitmap));
    }, cases: 120);

    [Theory]
    [InlineData(512, 0u)]
    [InlineData(512, 63u)]
    [InlineData(512, 64u)]
    [InlineData(512, 2048u)]
    [InlineData(512, 4095u)]
    [InlineData(128, 31u)]
    [InlineData(128, 32u)]
    [InlineData(128, 1023u)]
    public void OneBitIsOnePort(int length, uint port)
    {
        var bitmap = new byte[length];
        bitmap[port / 8] = (byte)(1 << (int)(port % 8));
        var ports = new List<uint>();

        EventBitmap.AddSetPorts(bitmap, ports);

        Assert.Equal([port], ports);
        Assert.True(EventBitmap.IsSet(bitmap, port));
        Assert.Equal(1, EventBitmap.Count(bitmap));
        if (port > 0) Assert.False(EventBitmap.IsSet(bitmap, port - 1));
    }

    [Theory]
    [InlineData(512, 4096u)]
    [InlineData(128, 1024u)]
    [InlineData(512, uint.MaxValue)]
    [InlineData(0, 0u)]
    public void APortBeyondTheBitmapIsAnError(int length, uint port) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EventBitmap.IsSet(new byte[length], port));

    [Fact]
    public void PortsAreAddedToThoseThatAreThere()
    {
        List<uint> ports = [7];

        EventBitmap.AddSetPorts([0, 0x80], ports);

        Assert.Equal([7, 15], ports);
    }
}
