using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Session;

namespace XenShared.PowerShell.Completion;

/// <summary>Completes the targets of the session: their numbers, or for -Target an expression that gets the target.</summary>
public sealed class TargetCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = DomainChoices.Unquote(wordToComplete);
        var isNumber = parameterName.Equals("Id", StringComparison.OrdinalIgnoreCase);
        foreach (var target in SessionTargets.Current.Connected)
        {
            var (number, name) = (target.Id.ToString(CultureInfo.InvariantCulture), ViewFormat.Plain(target.Name));
            var isTyped = number.StartsWith(typed, StringComparison.Ordinal)
                || (!isNumber && name.StartsWith(typed, StringComparison.OrdinalIgnoreCase));
            if (!isTyped) continue;
            yield return new CompletionResult(
                isNumber ? number : $"(Get-XenTarget {number})",
                $"{number} ({name})",
                CompletionResultType.ParameterValue,
                $"{name}, {target.Kind} of {ViewFormat.Text(target.HostName)}");
        }
    }
}
