using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.Diagnosis.Rules;

namespace XenShared.PowerShell.Completion;

/// <summary>Completes the names of fault rules.</summary>
public sealed class FaultRuleCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = WildcardPattern.Get(
            DomainChoices.Unquote(wordToComplete) + "*",
            WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        return FaultRules.Names.Where(typed.IsMatch).Order(StringComparer.Ordinal).Select(name => new CompletionResult(name));
    }
}
