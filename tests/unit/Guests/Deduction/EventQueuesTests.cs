using System.Runtime.InteropServices;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Tests.Guests.Deduction;

/// <summary>Tests the queues of FIFO events, which a hostile guest can write.</summary>
public sealed class EventQueuesTests
{
    private const uint Linked = EventWordBits.Pending | EventWordBits.Linked;

    [Fact]
    public void EachEventHasItsPlace()
    {
        var places = EventQueues.Follow(
            [Block(0, 1u << 7, (7, 3), (15, 9))],
            Array((3, Linked | 5), (5, Linked | 4), (4, Linked), (9, Linked)));

        Assert.Equal(new EventQueuePlace(0, 7, 1, 3, IsReady: true, IsProved: true), places[3]);
        Assert.Equal((2, 3), (places[5].Position, places[4].Position));
        Assert.Equal(new EventQueuePlace(0, 15, 1, 1, IsReady: false, IsProved: true), places[9]);
        Assert.Equal(4, places.Count);
    }

    [Fact]
    public void AHandledHeadLeadsNowhere() =>
        Assert.Empty(EventQueues.Follow([Block(0, 0, (7, 3))], Array((3, 0), (5, Linked))));

    [Fact]
    public void AQueueEndsAtAnEventThatIsNotInIt() =>
        Assert.Equal([3u], EventQueues.Follow([Block(0, 1u << 7, (7, 3))], Array((3, Linked | 5), (5, 4))).Keys);

    [Theory]
    [InlineData(3u)]
    [InlineData(5u)]
    public void ACircleEnds(uint back)
    {
        var places = EventQueues.Follow([Block(0, 1u << 7, (7, 3))], Array((3, Linked | 5), (5, Linked | back)));

        Assert.Equal([3u, 5u], places.Keys.Order());
    }

    [Fact]
    public void APortInTwoQueuesHasOnePlace()
    {
        var places = EventQueues.Follow(
            [Block(0, 1u << 7, (7, 3)), Block(1, 1u << 7, (7, 5))],
            Array((3, Linked | 4), (5, Linked | 4), (4, Linked)));

        Assert.Equal((0, 2), (places[4].Vcpu, places[4].Position));
        Assert.Equal((1, 1), (places[5].Position, places[5].Length));
    }

    [Theory]
    [InlineData(1024u)]
    [InlineData(0x1_ffffu)]
    [InlineData(uint.MaxValue)]
    public void APortOutsideTheArrayEndsAQueue(uint port)
    {
        Assert.Empty(EventQueues.Follow([Block(0, 1u << 7, (7, port))], Array()));
        Assert.Single(EventQueues.Follow([Block(0, 1u << 7, (7, 3))], Array((3, Linked | port & EventWordBits.Link))));
    }

    [Fact]
    public void WithoutAnArrayThereIsNoPlace() => Assert.Empty(EventQueues.Follow([Block(0, 1u << 7, (7, 3))], null));

    [Fact]
    public void AnyContentEnds()
    {
        var random = new Random(5);
        var words = new byte[4096];
        for (var round = 0; round < 200; round++)
        {
            random.NextBytes(words);
            var span = MemoryMarshal.Cast<byte, uint>(words.AsSpan());
            for (var at = 0; at < span.Length; at++) span[at] = Linked | span[at] % 1024;
            var blocks = Enumerable.Range(0, 8)
                .Select(vcpu =>
                    Block(
                        vcpu,
                        (uint)random.Next(0x1_0000),
                        [.. Enumerable.Range(0, 16).Select(queue => (queue, (uint)random.Next(1200)))]))
                .ToArray();

            var places = EventQueues.Follow(blocks, new LocatedEventArray(null, [new EventArrayPage(0, 1, 1, words)], ""));

            Assert.All(places, place => Assert.InRange(place.Key, 1u, 1023u));
            Assert.All(places.Values, place => Assert.InRange(place.Position, 1, place.Length));
            foreach (var queue in places.Values.GroupBy(place => (place.Vcpu, place.Priority)))
                Assert.Equal(Enumerable.Range(1, queue.Count()), queue.Select(place => place.Position).Order());
        }
    }

    private static LocatedControlBlock Block(int vcpu, uint ready, params (int Queue, uint Head)[] heads)
    {
        var all = new uint[16];
        foreach (var (queue, head) in heads) all[queue] = head;
        return new LocatedControlBlock(vcpu, 7, 7, default, new ControlBlockContent(ready, all), "a test") { IsProved = true };
    }

    private static LocatedEventArray Array(params (uint Port, uint Word)[] words)
    {
        var page = new byte[4096];
        foreach (var (port, word) in words) MemoryMarshal.Cast<byte, uint>(page.AsSpan())[(int)port] = word;
        return new LocatedEventArray(null, [new EventArrayPage(0, 1, 1, page)], "a test");
    }
}
