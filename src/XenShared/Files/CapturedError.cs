namespace XenShared.Files;

/// <summary>Represents an error that occurred when the capture was made. Reading the capture throws it again.</summary>
/// <param name="Id">The error id.</param>
/// <param name="Message">The message.</param>
/// <param name="Operation">The call that failed.</param>
/// <param name="Errno">The errno of that call.</param>
/// <param name="Hint">The recommended action.</param>
public sealed record CapturedError(XenErrorId Id, string Message, string? Operation, int? Errno, string? Hint)
{
    /// <summary>Creates the record of an error.</summary>
    public static CapturedError From(XenException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error.Id, error.Message, error.Operation, error.Errno, error.Advice);
    }

    /// <summary>Creates the exception for the given domain.</summary>
    public XenException ToException(ushort domId) => XenException.FromReport(Id, Message, Hint, Operation, Errno, domId);

    /// <summary>Creates the exception with the host that it comes from.</summary>
    public XenException ToException(string host) => XenException.FromReport(Id, $"{host}: {Message}", Hint, Operation, Errno);
}
