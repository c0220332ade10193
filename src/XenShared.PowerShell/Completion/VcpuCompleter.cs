using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace XenShared.PowerShell.Completion;

/// <summary>Completes the vCPU numbers of the domain that the command line names.</summary>
public sealed class VcpuCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = DomainChoices.Unquote(wordToComplete);
        var numbers = DomainChoices.ReadOfDomain(
            commandName,
            fakeBoundParameters,
            (target, domId) => target.ReadDomain(domId).MaxVcpuId is { } highest ? Enumerable.Range(0, highest + 1) : []);
        return numbers
            .Select(number => number.ToString(CultureInfo.InvariantCulture))
            .Where(number => number.StartsWith(typed, StringComparison.Ordinal))
            .Select(number => new CompletionResult(number, number, CompletionResultType.ParameterValue, $"vCPU {number}"));
    }
}
