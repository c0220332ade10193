namespace XenShared.Poking;

/// <summary>Confirms pokes, and receives their records.</summary>
public interface IPokeObserver
{
    /// <summary>
    /// Determines whether the changes are confirmed. Nothing has been written yet; without confirmation nothing is written.
    /// </summary>
    bool Confirm(PokeProposal proposal);

    /// <summary>Receives the record of a change that was made.</summary>
    void Done(XenPoke poke);

    /// <summary>Receives a warning about a change.</summary>
    void Warn(string message);
}
