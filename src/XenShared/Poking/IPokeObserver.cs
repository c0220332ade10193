namespace XenShared.Poking;

/// <summary>Confirms proposed pokes, and receives the pokes that were made and warnings about them.</summary>
public interface IPokeObserver
{
    /// <summary>
    /// Determines whether the proposed changes may be made. It is called before they are written; if it returns false, none is written.
    /// </summary>
    bool Confirm(PokeProposal proposal);

    /// <summary>Receives the record of a change that was made.</summary>
    void Done(XenPoke poke);

    /// <summary>Receives a warning about a change.</summary>
    void Warn(string message);
}
