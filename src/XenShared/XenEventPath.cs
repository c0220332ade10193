using System.Globalization;

namespace XenShared;

/// <summary>Represents the path of the events of a port, from the sender to the vCPU, and the link that stops them.</summary>
public sealed record XenEventPath
{
    /// <summary>Gets the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the port.</summary>
    public uint Port { get; internal init; }

    /// <summary>Gets the device that uses the port according to xenstore; null if xenstore does not name the port.</summary>
    public string? Device { get; internal init; }

    /// <summary>Gets the vCPU that events are delivered to; null for closed ports and if it is not known.</summary>
    public int? Vcpu { get; internal init; }

    /// <summary>Gets the result.</summary>
    public EventPathVerdict Verdict { get; internal init; }

    /// <summary>Gets the link that stops the event; null if no link does, and if that is not known (<see cref="Verdict"/>).</summary>
    public EventPathLink? StopsAt { get; internal init; }

    /// <summary>Gets the observations that prove the result, in one or two sentences.</summary>
    public string Evidence { get; internal init; } = null!;

    /// <summary>Gets the recommended action, with the cmdlet to run if there is one; empty if there is nothing to do.</summary>
    public string Advice { get; internal init; } = "";

    /// <summary>Gets the advice in the forms of both front ends; null if there is none.</summary>
    internal AdviceText? AdviceText { get; init; }

    /// <summary>Gets the links, in the order in which an event passes them.</summary>
    public IReadOnlyList<XenEventPathStep> Step { get; internal init; } = [];

    /// <summary>Gets the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Gets the time of the last read; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Returns the recommended action, with the line of <c>xenshared</c> to run if there is one.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public IEnumerable<AdvicePart> GetCommandLineAdvice(string? target = null) =>
        AdviceText?.ToCommandLine(target) ?? [new AdvicePart(Advice, IsCommand: false)];

    /// <summary>Returns the path with the advice of the command line in place of that of PowerShell.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public XenEventPath WithCommandLineAdvice(string? target = null) =>
        this with { Advice = string.Concat(GetCommandLineAdvice(target).Select(part => part.Text)) };

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{DisplayText.Domain(DomId, DomainName)} port {Port}: {DisplayText.Sanitize(Evidence)}");
}
