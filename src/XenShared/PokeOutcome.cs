namespace XenShared;

/// <summary>Specifies the outcome of a poke. Cmdlets return pokes that were done; the audit log has the others as well.</summary>
public enum PokeOutcome
{
    /// <summary>It was made.</summary>
    Done,

    /// <summary>It is about to be made. Where no other line with the same id follows, nobody knows whether it was.</summary>
    Intended,

    /// <summary>It was not made, although it was intended: it was refused at the last moment, or was no longer needed.</summary>
    NotDone,
}
