namespace XenShared.Poking;

/// <summary>Agrees to pokes, and hears of them.</summary>
public interface IPokeObserver
{
    /// <summary>Determines whether it may be done. Nothing has been written yet; a no leaves every byte as it is.</summary>
    bool Confirm(PokeProposal proposal);

    /// <summary>Returns one change has been made.</summary>
    void Done(XenPoke poke);

    /// <summary>Something to know about a change.</summary>
    void Warn(string message);
}
