namespace XenShared.Guests.Deduction;

/// <summary>Represents the place of an event in a queue of FIFO events.</summary>
/// <param name="Vcpu">The vCPU of the queue.</param>
/// <param name="Priority">The priority of the queue, from 0 (the highest) to 15.</param>
/// <param name="Position">The position in the queue, from 1.</param>
/// <param name="Length">The number of events in the queue, as far as its links could be followed.</param>
/// <param name="IsReady">Whether the ready bit of the queue is set.</param>
/// <param name="IsProved">Whether the control block with the head of the queue is proved.</param>
internal sealed record EventQueuePlace(int Vcpu, int Priority, int Position, int Length, bool IsReady, bool IsProved);
