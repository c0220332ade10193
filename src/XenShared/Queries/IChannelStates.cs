namespace XenShared.Queries;

/// <summary>A place that tells whether channels of one domain are pending and masked.</summary>
internal interface IChannelStates
{
    /// <summary>Gets what place it is.</summary>
    StateSource Source { get; }

    /// <summary>Gets when it was read; null when the file does not carry it.</summary>
    DateTimeOffset? TakenAt { get; }

    /// <summary>Returns the state of a channel that is not closed; null when this place does not tell it.</summary>
    /// <param name="port">Its port.</param>
    /// <param name="note">Why it is not told.</param>
    ChannelBits? Find(uint port, out string? note);
}
