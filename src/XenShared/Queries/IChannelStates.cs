namespace XenShared.Queries;

/// <summary>Provides the pending and masked bits of one domain's channels.</summary>
internal interface IChannelStates
{
    /// <summary>Gets the place from which the bits were read.</summary>
    StateSource Source { get; }

    /// <summary>Gets the time when the state was read; null if the file does not contain it.</summary>
    DateTimeOffset? TakenAt { get; }

    /// <summary>Returns the bits of a channel that is not closed; null if the source does not contain them.</summary>
    /// <param name="port">The port.</param>
    /// <param name="note">The reason if bits are missing; otherwise null.</param>
    ChannelBits? Find(uint port, out string? note);
}
