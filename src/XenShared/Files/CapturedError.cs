namespace XenShared.Files;

/// <summary>
/// Represents an error that occurred when the capture was made. A query that needs the missing data reports the error again.
/// </summary>
/// <param name="Id">The error id.</param>
/// <param name="Message">The message.</param>
/// <param name="Operation">The call that failed.</param>
/// <param name="Errno">The errno of that call.</param>
/// <param name="Hint">The recommended action.</param>
public sealed record CapturedError(XenErrorId Id, string Message, string? Operation, int? Errno, string? Hint)
{
    /// <summary>Converts an exception to the form that a capture stores.</summary>
    public static CapturedError From(XenException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error.Id, error.Message, error.Operation, error.Errno, error.Advice);
    }

    /// <summary>Creates an exception that belongs to the given domain.</summary>
    public XenException ToException(ushort domId) => XenException.FromReport(Id, Message, Hint, Operation, Errno, domId);

    /// <summary>Creates an exception whose message begins with the name of the host.</summary>
    public XenException ToException(string host) => XenException.FromReport(Id, $"{host}: {Message}", Hint, Operation, Errno);
}
