using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.PowerShell.Formatting;

namespace XenShared.PowerShell.Completion;

/// <summary>
/// Completes domain numbers. The tooltip is the name. At position 0, which also accepts a name, the names follow the numbers.
/// </summary>
public sealed class DomainNumberCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = DomainChoices.Unquote(wordToComplete);
        var domains = DomainChoices.Read(commandName, fakeBoundParameters);
        foreach (var (domId, anyName) in domains)
        {
            var name = anyName is null ? null : ViewFormat.Plain(anyName);
            var number = DomainChoices.Number(domId);
            if (!number.StartsWith(typed, StringComparison.Ordinal)) continue;
            var listed = name is null ? number : $"{number} ({name})";
            yield return new CompletionResult(number, listed, CompletionResultType.ParameterValue, name ?? $"domain {number}");
        }
        if (typed.Length == 0 || DomainChoices.IsNamed(commandAst, "DomId", "Id")) yield break;
        foreach (var name in DomainNameCompleter.Complete(domains, typed)) yield return name;
    }
}
