using System.Buffers.Binary;

namespace XenShared.Layout;

/// <summary>
/// Represents the control block of a vCPU, with the heads of its queues of FIFO events (<c>xen/include/public/event_channel.h</c>,
/// <c>evtchn_fifo_control_block</c>).
/// </summary>
/// <param name="Ready">The ready bits: bit n is set if queue n may contain events.</param>
/// <param name="Heads">The first port of each queue, the queue of the highest priority first. The guest does not clear a head, so a head
/// of a queue that is not ready is old.</param>
public sealed record ControlBlockContent(uint Ready, IReadOnlyList<uint> Heads)
{
    /// <summary>The size of the structure in bytes.</summary>
    public const int Size = HeadsOffset + QueueCount * sizeof(uint);

    /// <summary>The number of queues, one for each priority (<c>EVTCHN_FIFO_MAX_QUEUES</c>). Priority 0 is the highest.</summary>
    public const int QueueCount = 16;

    /// <summary>The offset of the ready bits.</summary>
    public const int ReadyOffset = 0;

    /// <summary>The offset of the heads.</summary>
    public const int HeadsOffset = 8;

    /// <summary>Reads the structure.</summary>
    public static ControlBlockContent Decode(ReadOnlySpan<byte> block)
    {
        var heads = new uint[QueueCount];
        for (var queue = 0; queue < QueueCount; queue++)
            heads[queue] = BinaryPrimitives.ReadUInt32LittleEndian(block[(HeadsOffset + queue * sizeof(uint))..]);
        return new ControlBlockContent(BinaryPrimitives.ReadUInt32LittleEndian(block[ReadyOffset..]), heads);
    }

    /// <summary>Determines whether a queue may contain events.</summary>
    public bool IsReady(int queue) => (Ready >> queue & 1) != 0;
}
