using System.ComponentModel;
using System.Management.Automation;
using XenShared.PowerShell.Errors;
using XenShared.Queries;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Represents a cmdlet of the module, which can be stopped and resolves paths.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class XenCmdletBase : PSCmdlet, IDisposable
{
    /// <summary>Specifies the parameter set that begins with a domain number. This set is the default.</summary>
    private protected const string DomIdSet = "DomId";

    /// <summary>Specifies the parameter set that begins with a domain name.</summary>
    private protected const string NameSet = "Name";

    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Gets the token that Ctrl+C cancels.</summary>
    internal CancellationToken Cancellation => _stopping.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the resources of the pipeline.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _stopping.Dispose();
    }

    /// <summary>
    /// Writes a warning, in which names from guests and other hosts are made safe to display. The methods below do the same for other
    /// messages.
    /// </summary>
    internal new void WriteWarning(string text) => base.WriteWarning(ToSafe(text));

    /// <inheritdoc cref="WriteWarning"/>
    internal new void WriteVerbose(string text) => base.WriteVerbose(ToSafe(text));

    /// <inheritdoc cref="WriteWarning"/>
    internal new void WriteDebug(string text) => base.WriteDebug(ToSafe(text));

    /// <inheritdoc cref="WriteWarning"/>
    internal new void WriteError(ErrorRecord error) => base.WriteError(ErrorRecords.Sanitize(error));

    /// <inheritdoc cref="WriteWarning"/>
    internal new void WriteProgress(ProgressRecord progress)
    {
        progress.Activity = ToSafe(progress.Activity);
        progress.StatusDescription = ToSafe(progress.StatusDescription);
        base.WriteProgress(progress);
    }

    /// <inheritdoc cref="WriteWarning"/>
    internal new bool ShouldProcess(string target, string action) =>
        base.ShouldProcess(ToSafe(target), ToSafe(action));

    /// <inheritdoc cref="WriteWarning"/>
    private protected new void ThrowTerminatingError(ErrorRecord error) => base.ThrowTerminatingError(ErrorRecords.Sanitize(error));

    // Returns the text without characters that are unsafe to display. Most messages contain only printable ASCII, which is safe. They are
    // returned unchanged, without the slower Sanitize.
    private static string ToSafe(string text) => text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? text : DisplayText.Sanitize(text);

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => Cancel();

    /// <summary>Cancels the work on other threads.</summary>
    private protected void Cancel()
    {
        // PowerShell calls StopProcessing on another thread. At the same time, the pipeline can end by itself and dispose _stopping. Then
        // there is nothing to cancel, so the exception is ignored.
        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
        }
    }

    /// <summary>Creates the pattern of a domain name, in which wildcards are permitted.</summary>
    private protected static NamePattern ToPattern(string name)
    {
        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        return new NamePattern(name, WildcardPattern.ContainsWildcardCharacters(name), pattern.IsMatch);
    }

    /// <summary>Resolves paths to files. A path that is not a file is reported, and the others are still returned.</summary>
    private protected IEnumerable<string> ResolveFiles(IEnumerable<string> paths, bool literal)
    {
        foreach (var path in paths)
        {
            foreach (var file in Resolve(path, literal)) yield return file;
        }
    }

    private IReadOnlyCollection<string> Resolve(string path, bool literal)
    {
        ProviderInfo provider;
        IReadOnlyCollection<string> files;
        try
        {
            files = literal
                ? [SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _)]
                : GetResolvedProviderPathFromPSPath(path, out provider);
        }
        catch (SessionStateException error)
        {
            WriteError(new ErrorRecord(error.ErrorRecord, error));
            return [];
        }
        if (provider.Name == "FileSystem") return files;
        WriteError(ErrorRecords.NotAFile(path, provider.Name));
        return [];
    }
}
