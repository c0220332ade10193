using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.Queries;

namespace XenShared.PowerShell.Completion;

/// <summary>Completes the common kinds of devices.</summary>
public sealed class DeviceKindCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = WildcardPattern.Get(
            DomainChoices.Unquote(wordToComplete) + "*",
            WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        return DeviceQuery.CommonKinds.Where(typed.IsMatch).Select(kind => new CompletionResult(kind));
    }
}
