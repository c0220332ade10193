using XenShared.Hypervisor;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Follows the queues of FIFO events, from the heads in the control blocks through the links in the event words. The guest can write both,
/// so links can be out of range or form a circle: each port is visited once.
/// </summary>
internal static class EventQueues
{
    /// <summary>Returns the place of each event that a head leads to.</summary>
    public static IReadOnlyDictionary<uint, EventQueuePlace> Follow(
        IReadOnlyList<LocatedControlBlock> blocks,
        LocatedEventArray? array)
    {
        var places = new Dictionary<uint, EventQueuePlace>();
        foreach (var block in blocks)
        {
            for (var queue = 0; queue < block.Content.Heads.Count; queue++)
            {
                var ports = new List<uint>();
                // The word of an event in a queue has the LINKED bit. If the guest has handled a head, its word lacks the bit, but the head
                // remains in the control block until Xen replaces it. So a word without the bit ends the queue.
                for (var port = block.Content.Heads[queue]; port != 0 && !places.ContainsKey(port);)
                {
                    if (array?.FindWord(port) is not { IsLinked: true } word) break;
                    ports.Add(port);
                    places.Add(port, new(block.Vcpu, queue, ports.Count, 0, block.Content.IsReady(queue), block.IsProved));
                    port = word.Link;
                }
                foreach (var port in ports) places[port] = places[port] with { Length = ports.Count };
            }
        }
        return places;
    }
}
