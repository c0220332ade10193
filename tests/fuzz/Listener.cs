using XenShared.Queries;

namespace XenShared.Fuzz;

/// <summary>Counts the warnings and errors of queries; an error of a domain is a result.</summary>
public sealed class Listener : IQueryObserver
{
    /// <summary>Gets the number of warnings and errors.</summary>
    public int Heard { get; private set; }

    /// <inheritdoc/>
    public void Warn(QueryWarning warning) => Heard++;

    /// <inheritdoc/>
    public void Fail(XenException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        // The message must be one sentence that is safe to display.
        if (exception.Message.Length is 0 or > 2000)
            throw new InvalidOperationException($"An error says too much or nothing: {exception.Id}.");
        Heard++;
    }
}
