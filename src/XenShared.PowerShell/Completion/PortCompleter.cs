using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using XenShared.Hypervisor;

namespace XenShared.PowerShell.Completion;

/// <summary>Completes the ports of the domain that the command line names. The tooltip describes the binding of the port.</summary>
public sealed class PortCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = DomainChoices.Unquote(wordToComplete);
        var ports = DomainChoices.ReadOfDomain(commandName, fakeBoundParameters, (target, domId) => target.ReadPorts(domId).Bound);
        return ports
            .Select(port => (Number: port.Port.ToString(CultureInfo.InvariantCulture), Status: port))
            .Where(port => port.Number.StartsWith(typed, StringComparison.Ordinal))
            .Select(port => new CompletionResult(
                port.Number,
                port.Status.State is null ? port.Number : $"{port.Number} ({port.Status.State})",
                CompletionResultType.ParameterValue,
                Describe(port.Status)));
    }

    private static string Describe(EventChannelStatus status) => status switch
    {
        { State: null } => FormattableString.Invariant($"port {status.Port}"),
        { RemotePort: { } port } => FormattableString.Invariant($"{status.State}, domain {status.RemoteDomId} port {port}"),
        { RemoteDomId: { } remote } => FormattableString.Invariant($"{status.State}, domain {remote}"),
        { Irq: { } irq } => FormattableString.Invariant($"{status.State} {irq}"),
        _ => FormattableString.Invariant($"{status.State}"),
    };
}
