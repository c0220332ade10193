namespace XenShared.Files;

/// <summary>An error that was met when the capture was made; it is met again when the capture is read.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Message">Its message.</param>
/// <param name="Operation">The call that failed.</param>
/// <param name="Errno">Its errno.</param>
/// <param name="Hint">What to do.</param>
public sealed record CapturedError(XenErrorId Id, string Message, string? Operation, int? Errno, string? Hint)
{
    /// <summary>Takes down an error.</summary>
    public static CapturedError From(XenException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error.Id, error.Message, error.Operation, error.Errno, error.Hint);
    }

    /// <summary>Returns the error again, for the given domain.</summary>
    public XenException ToException(ushort domId) => new(Id, Message) { DomId = domId, Operation = Operation, Errno = Errno, Hint = Hint };
}
