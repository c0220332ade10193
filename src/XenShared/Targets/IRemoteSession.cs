namespace XenShared.Targets;

/// <summary>A target whose guests are written by this same program at the far end, next to them: the guards must look and write within a moment.</summary>
public interface IRemoteSession
{
    /// <summary>Runs a writing command there, hears it line by line, and answers it.</summary>
    /// <param name="arguments">The command and its options.</param>
    /// <param name="input">A line that the command reads first; null for none.</param>
    /// <param name="onMessage">Hears a line, and gives the answer to it; null where none is asked for.</param>
    /// <param name="cancellation">Ends it. A question that is not answered is a no.</param>
    /// <exception cref="XenException">What the command met there; <see cref="XenErrorId.HostUnreachable"/> when the connection ended before it did.</exception>
    void Exchange(IReadOnlyList<string> arguments, string? input, Func<WireMessage, string?> onMessage, CancellationToken cancellation = default);
}
