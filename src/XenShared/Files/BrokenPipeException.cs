namespace XenShared.Files;

/// <summary>
/// Reports that the program at the other end of a pipe, such as <c>head</c>, has closed the pipe. This is a normal end of the output, not a
/// failure.
/// </summary>
public sealed class BrokenPipeException : IOException
{
    /// <summary>Creates an exception with the default message.</summary>
    public BrokenPipeException()
    {
    }

    /// <summary>Creates an exception.</summary>
    public BrokenPipeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with its cause.</summary>
    public BrokenPipeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
