namespace XenShared;

/// <summary>Specifies the outcome of a poke. Cmdlets return only pokes that were made; the audit log contains all.</summary>
public enum PokeOutcome
{
    /// <summary>It was made.</summary>
    Done,

    /// <summary>It is about to be made. If no other line with the same id follows, it is not known whether it was made.</summary>
    Intended,

    /// <summary>It was intended, but not made: a guard refused it at the last moment, or it was no longer needed.</summary>
    NotDone,
}
