namespace XenShared;

/// <summary>Specifies the outcome of a poke. Cmdlets return only pokes that were made; the audit log contains every outcome.</summary>
public enum PokeOutcome
{
    /// <summary>The poke was made.</summary>
    Done,

    /// <summary>
    /// The poke is about to be made. If no other line of the log with the same id follows, it is not known whether it was made.
    /// </summary>
    Intended,

    /// <summary>
    /// The poke was intended but not made: a check refused it at the last moment, an earlier poke of the request failed, or it was no
    /// longer needed.
    /// </summary>
    NotDone,
}
