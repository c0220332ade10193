namespace XenShared.Targets;

/// <summary>A live target that is asked best by captures: one for each question, with all that the question needs, instead of many small questions.</summary>
public interface IFreshCaptures
{
    /// <summary>Takes a capture now.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>, <see cref="XenErrorId.RemoteNotInstalled"/>, <see cref="XenErrorId.FileDamaged"/>:
    /// what came is no capture; and those of the far end's own target.</exception>
    CaptureTarget Capture(CaptureRequest request, CancellationToken cancellation = default);
}
