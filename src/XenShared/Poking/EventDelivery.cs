using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Sends the events that complete a sequence of writes.</summary>
internal sealed class EventDelivery(IXenDataSource target, IGuestWriter writer, PokeJournal journal)
{
    /// <summary>
    /// Sends an event, with a second attempt if the first fails, and records it in the journal. A call that was interrupted or ran out of
    /// memory can succeed at the second attempt, and sending an event twice is harmless.
    /// </summary>
    /// <exception cref="XenException">Both attempts failed.</exception>
    public void SendOrRetry(PokeContext situation, uint port, uint localPort, XenPoke intent)
    {
        try
        {
            CheckAndSend(situation.DomId, port, localPort);
        }
        catch (XenException)
        {
            CheckAndSend(situation.DomId, port, localPort);
            intent = intent with
            {
                Note = intent.Note is null ? "sent at the second attempt" : $"{intent.Note}; sent at the second attempt",
            };
        }
        journal.Record(intent with { PokedAt = TimeProvider.System.GetUtcNow() });
    }

    private void CheckAndSend(ushort domId, uint port, uint localPort)
    {
        EventSend.CheckEnds(target, domId, port, localPort);
        writer.SendEvent(localPort, domId, port);
    }
}
