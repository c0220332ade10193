using System.Collections;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Checks that the cost of selecting many ports of many grows with their number, not with its square.</summary>
public sealed class ManyPortsTests
{
    private const uint PortCount = 2000;

    // Each element may be read a few times.
    private const int MaximumReads = 12 * (int)PortCount;

    // A table that is inferred is made from the page of the guest, so it has no list that could count.
    [Theory]
    [InlineData(PortTableCompleteness.Complete)]
    [InlineData(PortTableCompleteness.InUse)]
    public void EachPortIsLookedAtAFewTimes(PortTableCompleteness completeness)
    {
        // Every other port is bound. The ports that are selected have no order, and some of them do not exist.
        var bound = new CountingList<EventChannelStatus>(
            [.. Enumerable.Range(0, (int)PortCount / 2).Select(port => new EventChannelStatus(2 * (uint)port + 1, ChannelState.Ipi))]);
        var wanted = new CountingList<uint>([.. Enumerable.Range(0, (int)PortCount + 5).Select(port => PortCount + 4 - (uint)port)]);
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1))],
            Ports = new PortTable(PortCount, bound) { Listing = completeness },
        };
        var observer = new RecordingObserver();
        using var target = new FakeTarget(guest);

        var channels = new EventChannelQuery(target, observer) { Filter = new ChannelFilter { Ports = wanted } }
            .Run(DomainSelection.All)
            .ToArray();

        var existing = completeness == PortTableCompleteness.Complete ? PortCount : PortCount / 2;
        Assert.Equal((int)existing, channels.Length);
        Assert.Equal((int)(PortCount + 5 - existing), observer.Errors.Count);
        Assert.InRange(wanted.Reads, 1, MaximumReads);
        Assert.InRange(bound.Reads, 1, MaximumReads);
    }

    private sealed class CountingList<T>(T[] elements) : IReadOnlyList<T>
    {
        public int Reads { get; private set; }

        public int Count => elements.Length;

        public T this[int index]
        {
            get
            {
                Reads++;
                return elements[index];
            }
        }

        public IEnumerator<T> GetEnumerator()
        {
            foreach (var element in elements)
            {
                Reads++;
                yield return element;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
