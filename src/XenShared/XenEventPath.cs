using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the links that an event of a port passes on its way from the sender to the vCPU, and the link that stops it.
/// </summary>
public sealed record XenEventPath
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the port.</summary>
    public uint Port { get; internal init; }

    /// <summary>Gets the device that uses the port according to xenstore; null if xenstore does not name the port.</summary>
    public string? Device { get; internal init; }

    /// <summary>Gets the vCPU that events are delivered to; null for closed ports and if it is not known.</summary>
    public int? Vcpu { get; internal init; }

    /// <summary>Gets the result of the test: whether the events get to the guest.</summary>
    public EventPathVerdict Verdict { get; internal init; }

    /// <summary>Gets the link that stops the event; null unless <see cref="Verdict"/> is <see cref="EventPathVerdict.Stopped"/>.</summary>
    public EventPathLink? StopsAt { get; internal init; }

    /// <summary>Gets the observations that prove the result, in one or two sentences.</summary>
    public string Evidence { get; internal init; } = null!;

    /// <summary>Gets the recommended action, with the cmdlet to run if there is one; empty if there is nothing to do.</summary>
    public string Advice { get; internal init; } = "";

    /// <summary>Gets the advice from which the text for PowerShell or for the command line is made; null if there is none.</summary>
    internal AdviceText? AdviceText { get; init; }

    /// <summary>Gets the links, in the order in which an event passes them.</summary>
    public IReadOnlyList<XenEventPathStep> Step { get; internal init; } = [];

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Gets the time of the last read; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Returns the recommended action, with the line of <c>xenshared</c> to run if there is one.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public IEnumerable<AdvicePart> GetCommandLineAdvice(string? target = null) =>
        AdviceText?.ToCommandLine(target) ?? [new AdvicePart(Advice, IsCommand: false)];

    /// <summary>Returns a copy whose <see cref="Advice"/> has lines of <c>xenshared</c> in place of cmdlets.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public XenEventPath WithCommandLineAdvice(string? target = null) =>
        this with { Advice = string.Concat(GetCommandLineAdvice(target).Select(part => part.Text)) };

    /// <summary>Returns the port and the evidence in one line, safe to display.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{DisplayText.Domain(DomId, DomainName)} port {Port}: {DisplayText.Sanitize(Evidence)}");
}
