namespace XenShared.Files;

/// <summary>Says that the reader of a pipe has gone: there is nobody to write for, which is no fault.</summary>
public sealed class BrokenPipeException : IOException
{
    /// <summary>Makes one without a message of its own.</summary>
    public BrokenPipeException()
    {
    }

    /// <summary>Makes one.</summary>
    public BrokenPipeException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with the error that caused it.</summary>
    public BrokenPipeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
