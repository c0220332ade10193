using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.PowerShell.Session;
using XenShared.Targets;

namespace XenShared.PowerShell.Completion;

/// <summary>Reads the values that completers offer. They come from the target that the command would use.</summary>
internal static class DomainChoices
{
    // The time after which completion ends without results. The user waits at the prompt until completion ends, so the time is short.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <summary>Reads the numbers and names of the domains.</summary>
    public static IReadOnlyList<(ushort DomId, string? Name)> Read(string commandName, IDictionary boundParameters) =>
        Read(commandName, boundParameters, target => target.ReadDomains().Select(domain => (domain.DomId, target.ReadName(domain.DomId))));

    /// <summary>Reads data of the domain that the command line names. Without one, the list is empty.</summary>
    public static IReadOnlyList<T> ReadOfDomain<T>(
        string commandName,
        IDictionary boundParameters,
        Func<IXenDataSource, ushort, IEnumerable<T>> read) =>
        Read(commandName, boundParameters, target => FindDomain(target, boundParameters) is { } domId ? read(target, domId) : []);

    /// <summary>
    /// Reads data of the target. Completion must not disturb the user, so an error or a target that does not respond in time results in an
    /// empty list.
    /// </summary>
    private static T[] Read<T>(string commandName, IDictionary boundParameters, Func<IXenDataSource, IEnumerable<T>> read)
    {
        try
        {
            using var limit = new CancellationTokenSource(s_timeout);
            var connection = Open(commandName, boundParameters, limit.Token);
            if (connection is null) return [];
            // A host can stop responding, so another thread reads, and this thread waits for it only until the timeout. The other thread
            // releases the connection when the read ends.
            var cancellation = limit.Token;
            var reading = Task.Run(
                () =>
                {
                    using (connection) return connection.Use(target => read(target).ToArray(), cancellation);
                },
                CancellationToken.None);
            return reading.Wait(s_timeout) ? reading.Result : [];
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return [];
        }
    }

    // Returns the first domain that -DomId or -Name selects; null if there is none. PowerShell does not know yet to which of the two a
    // value at position 0 belongs. So if the text is a number, it is taken as the number of a domain, and otherwise as a name.
    private static ushort? FindDomain(IXenDataSource target, IDictionary boundParameters)
    {
        var value = Bound(boundParameters, "DomId") ?? Bound(boundParameters, "Name");
        var text = (value is IList { Count: > 0 } many ? many[0] : value)?.ToString();
        if (string.IsNullOrEmpty(text)) return null;
        var isNumber = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        var pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        foreach (var domain in target.ReadDomains())
        {
            if (isNumber ? domain.DomId == number : target.ReadName(domain.DomId) is { } name && pattern.IsMatch(name)) return domain.DomId;
        }
        return null;
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
        // With several targets, only the first is read, because a completer must not wait for many hosts.
        if (Bound(boundParameters, "Target") is { } named)
            return ((named is IList { Count: > 0 } list ? list[0] : named) as XenTarget)?.Acquire(SessionTargets.Current, cancellation);
        // The path of an Export command is the file that it writes, so no domains are read from it.
        var readsPath = !commandName.StartsWith("Export-", StringComparison.OrdinalIgnoreCase);
        if (readsPath && boundParameters.Contains("LiteralPath"))
            return OpenFile(Bound(boundParameters, "LiteralPath"), isLiteral: true, cancellation);
        if (readsPath && boundParameters.Contains("Path"))
            return OpenFile(Bound(boundParameters, "Path"), isLiteral: false, cancellation);
        var host = Bound(boundParameters, "HostName");
        string?[] hosts = [(host is IList { Count: > 0 } many ? many[0] : host)?.ToString()];
        return SessionTargets.Current.Choose(null, hosts, out _) switch
        {
            [] => null,
            [{ } connected, ..] => connected.Acquire(SessionTargets.Current, cancellation),
            _ => new TargetConnection(LocalTarget.Open()),
        };
    }

    // Opens a file; with several files, only the first. Returns null if -Path or -LiteralPath has no value yet: the domains are then not
    // known, so nothing is completed.
    private static TargetConnection? OpenFile(object? paths, bool isLiteral, CancellationToken cancellation)
    {
        if ((paths is IList { Count: > 0 } many ? many[0] : paths)?.ToString() is not { } path) return null;
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        var file = shell
            .AddCommand("Microsoft.PowerShell.Management\\Resolve-Path")
            .AddParameter(isLiteral ? "LiteralPath" : "Path", path)
            .Invoke<PathInfo>()[0];
        return new TargetConnection(TargetFile.Open(file.ProviderPath, cancellation: cancellation));
    }

    private static object? Bound(IDictionary boundParameters, string name) =>
        boundParameters.Contains(name) ? boundParameters[name] is PSObject wrapped ? wrapped.BaseObject : boundParameters[name] : null;
}
