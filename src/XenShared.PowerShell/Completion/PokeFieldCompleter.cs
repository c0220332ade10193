using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.Layout;
using XenShared.Poking;

namespace XenShared.PowerShell.Completion;

/// <summary>Completes the names of the fields of a page. If the parameter takes wildcards, brackets are escaped.</summary>
public sealed class PokeFieldCompleter : IArgumentCompleter
{
    // The number of vCPUs whose fields are offered. The fields of other vCPUs have the same names with another index, and can be typed.
    private const int Vcpus = 1;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = DomainChoices.Unquote(wordToComplete).Replace("`", "", StringComparison.Ordinal);
        var isPattern = commandName.StartsWith("Compare-", StringComparison.OrdinalIgnoreCase);
        var names = PokeFields.Names(SharedInfoLayout.X86_64, Vcpus).Concat(PokeFields.Names(SharedInfoLayout.X86_32, Vcpus)).Distinct();
        return names
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(
                name.Contains('[', StringComparison.Ordinal) ? $"'{(isPattern ? WildcardPattern.Escape(name) : name)}'" : name,
                name,
                CompletionResultType.ParameterValue,
                name));
    }
}
