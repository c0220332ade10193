using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Tests copying a vCPU's record that Xen may be writing.</summary>
public sealed class SeqlockCopyTests
{
    private static readonly VcpuInfoLayout s_layout = SharedInfoLayout.X86_64.Vcpu;
    private static readonly SeqlockRange s_time = SeqlockRange.RecordTime(s_layout);

    [Fact]
    public void TheRangeOfARecordIsItsClock() =>
        Assert.Equal((32, 32, 32, 4), (s_time.Offset, s_time.Length, s_time.Version.Offset, s_time.Version.Width));

    [Fact]
    public void ARecordAtRestIsCopiedAgain()
    {
        var live = RecordBytes.Create(100, 7);
        var copy = new byte[64];

        Assert.True(s_time.TryReadConsistent(live, copy));

        Assert.Equal(live.AsSpan(32), copy.AsSpan(32));
        // Bytes outside the range of the counter keep their earlier copy.
        Assert.All(copy.Take(32), octet => Assert.Equal(0, octet));
    }

    [Fact]
    public void ARecordWhoseCounterStaysOddIsNotBelieved() =>
        Assert.False(s_time.TryReadConsistent(RecordBytes.Create(101, 7), new byte[64]));

    [Fact]
    public void ARecordThatIsWrittenAllTheTimeGivesNoMixture()
    {
        var live = RecordBytes.Create(100, 100);
        using var stop = new CancellationTokenSource();
        var writer = new Thread(() =>
        {
            for (uint version = 100; !stop.IsCancellationRequested; version += 2)
            {
                Volatile.Write(ref live[32], (byte)(version + 1));
                Thread.MemoryBarrier();
                s_layout.SystemTime.Write(live, version + 2 & 0xff);
                s_layout.TscTimestamp.Write(live, version + 2 & 0xff);
                Thread.MemoryBarrier();
                Volatile.Write(ref live[32], (byte)(version + 2));
                Thread.SpinWait(200);
            }
        })
        { IsBackground = true };
        s_layout.TscTimestamp.Write(live, 100);
        writer.Start();

        var settled = 0;
        for (var look = 0; look < 2000; look++)
        {
            var copy = new byte[64];
            if (!s_time.TryReadConsistent(live, copy)) continue;
            settled++;
            var time = VcpuTimeContent.Decode(copy, s_layout);
            Assert.Equal(time.Version, time.SystemTime);
            Assert.Equal(time.Version, time.TscTimestamp);
        }
        stop.Cancel();
        writer.Join();

        Assert.True(settled > 0);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(64)]
    [InlineData(4096)]
    public void EveryWordIsCopied(int length)
    {
        var live = new byte[length];
        new Random(length).NextBytes(live);
        var copy = new byte[length];

        SeqlockRange.CopyWords(live, copy);

        Assert.Equal(live, copy);
    }
}
