using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace XenShared.PowerShell.Completion;

/// <summary>Completes domain names, with quotes if necessary. The tooltip is the number.</summary>
public sealed class DomainNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        // A value at position 0 can belong to -DomId or -Name, and PowerShell runs the completers of both. That of -DomId returns the names
        // too, so this one returns them only if -Name is written. Otherwise it returns null and not an empty list: after an empty list,
        // PowerShell adds an object to the results with which completion fails.
        DomainChoices.IsNamed(commandAst, "Name", "VMName", "DomainName")
            ? Complete(DomainChoices.Read(commandName, fakeBoundParameters), DomainChoices.Unquote(wordToComplete))
            : null!;

    /// <summary>Returns the names that begin with the typed text.</summary>
    internal static IEnumerable<CompletionResult> Complete(IReadOnlyList<(ushort DomId, string? Name)> domains, string typed)
    {
        var pattern = WildcardPattern.Get(typed + "*", WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        foreach (var (domId, name) in domains)
        {
            // A name with control or format characters is not offered, because it is not safe on a command line.
            if (name is null || !DisplayText.IsSafe(name) || !pattern.IsMatch(name))
                continue;
            yield return new CompletionResult(
                Argument(name),
                name,
                CompletionResultType.ParameterValue,
                $"domain {DomainChoices.Number(domId)}");
        }
    }

    // Returns the name as it is written on a command line. -Name takes wildcards, so wildcard characters in the name are escaped. The name
    // is quoted if it contains other characters than letters, digits, '_', '.' and '-'.
    private static string Argument(string name)
    {
        var literal = WildcardPattern.Escape(name);
        return name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-') && name[0] != '-'
            ? literal
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(literal)}'";
    }
}
