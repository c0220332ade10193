using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.PowerShell.Session;

namespace XenShared.PowerShell.Completion;

/// <summary>
/// Completes the host names of the session's targets; for Connect-XenTarget, the names in the ssh configuration and known hosts.
/// </summary>
public sealed class HostNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = DomainChoices.Unquote(wordToComplete);
        var names = commandName.StartsWith("Connect-", StringComparison.OrdinalIgnoreCase)
            ? KnownHosts.Read()
            : SessionTargets.Current.Connected.Select(target => target.HostName);
        // Only names of letters, digits, '_', '.', '-' and ':' are returned, because other characters are not safe on a command line.
        return names
            .Where(name => name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-' or ':'))
            .Where(name => name[0] != '-' && name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(name => new CompletionResult(name));
    }
}
