using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.PowerShell.Session;
using XenShared.Targets;

namespace XenShared.PowerShell.Completion;

/// <summary>Finds the domains that a completer can offer: those of the target that the command would use.</summary>
internal static class DomainChoices
{
    // The user waits at the prompt during this time.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <summary>Reads numbers and names. Completion must not disturb the user, so every error results in an empty list.</summary>
    public static IReadOnlyList<(ushort DomId, string? Name)> Read(string commandName, IDictionary boundParameters)
    {
        try
        {
            using var limit = new CancellationTokenSource(s_timeout);
            using var connection = Open(commandName, boundParameters, limit.Token);
            return connection?.Use(
                target => target.ReadDomains().Select(domain => (domain.DomId, target.ReadName(domain.DomId))).ToArray(),
                limit.Token)
                ?? [];
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return [];
        }
    }

    /// <summary>Returns the typed word without its quotes.</summary>
    public static string Unquote(string? word) => (word ?? "").Trim('\'', '"');

    /// <summary>Returns a domain number as text.</summary>
    public static string Number(ushort domId) => domId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Determines whether a command line names a parameter, in full or abbreviated, so that its value is not positional.</summary>
    public static bool IsNamed(CommandAst? command, params string[] names) =>
        command?.CommandElements
            .OfType<CommandParameterAst>()
            .Any(given => Array.Exists(names, name => name.StartsWith(given.ParameterName, StringComparison.OrdinalIgnoreCase))) ?? false;

    private static TargetConnection? Open(string commandName, IDictionary boundParameters, CancellationToken cancellation)
    {
        // Only one of several targets: a completer must not let the user wait for many hosts.
        if (Bound(boundParameters, "Target") is { } named)
            return ((named is IList { Count: > 0 } list ? list[0] : named) as XenTarget)?.Acquire(SessionTargets.Current, cancellation);
        // The path of an export is its output, not a source of domains.
        var readsPath = !commandName.StartsWith("Export-", StringComparison.OrdinalIgnoreCase);
        if (readsPath && boundParameters.Contains("LiteralPath"))
            return OpenFile(Bound(boundParameters, "LiteralPath"), isLiteral: true, cancellation);
        if (readsPath && boundParameters.Contains("Path"))
            return OpenFile(Bound(boundParameters, "Path"), isLiteral: false, cancellation);
        return SessionTargets.Current.Defaults is [var connected, ..]
            ? connected.Acquire(SessionTargets.Current, cancellation)
            : new TargetConnection(LocalTarget.Open());
    }

    // Only the first of several files. If the path has no value yet, nothing is offered, rather than the domains of another host.
    private static TargetConnection? OpenFile(object? paths, bool isLiteral, CancellationToken cancellation)
    {
        if ((paths is IList { Count: > 0 } many ? many[0] : paths)?.ToString() is not { } path) return null;
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        var file = shell
            .AddCommand("Microsoft.PowerShell.Management\\Resolve-Path")
            .AddParameter(isLiteral ? "LiteralPath" : "Path", path)
            .Invoke<PathInfo>()[0];
        return new TargetConnection(TargetFile.Open(file.ProviderPath, cancellation));
    }

    private static object? Bound(IDictionary boundParameters, string name) =>
        boundParameters.Contains(name) ? boundParameters[name] is PSObject wrapped ? wrapped.BaseObject : boundParameters[name] : null;
}
