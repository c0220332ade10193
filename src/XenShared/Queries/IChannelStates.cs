namespace XenShared.Queries;

/// <summary>Provides the pending and masked bits of one domain's channels.</summary>
internal interface IChannelStates
{
    /// <summary>Gets the source.</summary>
    StateSource Source { get; }

    /// <summary>Gets the time when the state was read; null if the file does not contain it.</summary>
    DateTimeOffset? TakenAt { get; }

    /// <summary>Returns the bits of a channel that is not closed; null if the source does not contain them.</summary>
    /// <param name="port">The port.</param>
    /// <param name="note">The reason if the bits are missing.</param>
    ChannelBits? Find(uint port, out string? note);
}
