using XenShared.Layout;

namespace XenShared.Tests.Layout;

/// <summary>Tests the content of a control block of FIFO events.</summary>
public sealed class ControlBlockContentTests
{
    [Fact]
    public void EveryFieldIsRead()
    {
        var block = new byte[ControlBlockContent.Size];
        for (var at = 0; at < block.Length; at++) block[at] = (byte)at;

        var content = ControlBlockContent.Decode(block);

        Assert.Equal(0x03020100u, content.Ready);
        Assert.Equal(16, content.Heads.Count);
        Assert.Equal((0x0b0a0908u, 0x47464544u), (content.Heads[0], content.Heads[15]));
    }

    [Fact]
    public void EachBitIsAQueue()
    {
        var content = ControlBlockContent.Decode([0x81, 0x80, .. new byte[70]]);

        Assert.Equal([0, 7, 15], Enumerable.Range(0, 16).Where(content.IsReady));
    }
}
