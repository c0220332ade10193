using XenShared.Diagnosis.Evidence;
using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a destroyed domain that does not end: it is dying in every sample, and the number of its pages does not decrease. Something in
/// the control domain or in another domain still has one of its pages mapped. If the number decreases, Xen is still freeing the pages,
/// which is normal.
/// </summary>
internal sealed class DyingDomain : IFaultRule
{
    private const int NamedProcesses = 8;

    // These daemons have pages of every domain mapped, and release them when a domain ends. They seldom keep a domain from ending, so they
    // are named last in the list of processes.
    private static readonly string[] s_daemons = ["xenstored", "oxenstored", "xenconsoled"];

    public string Name => nameof(DyingDomain);

    public bool JudgesDying => true;

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.Latest.Guest.Domain.State is null) yield return RuleFinding.NotJudged("its state is not known");
        if (!evidence.IsDying) yield break;
        if (!evidence.IsRepeated)
        {
            yield return RuleFinding.NotJudged(DomainEvidence.NeedsSamples);
            yield break;
        }
        var snapshots = evidence.Snapshots;
        if (evidence.Span is null)
        {
            yield return RuleFinding.NotJudged(DomainEvidence.NeedsTimes);
            yield break;
        }
        if (snapshots.Any(snapshot => snapshot.Guest.Domain.State is null))
        {
            yield return RuleFinding.NotJudged("its state is not known in each sample");
            yield break;
        }
        if (snapshots.Any(snapshot => snapshot.Guest.Domain.State != DomainState.Dying)
            || evidence.Span < DomainEvidence.MinimumObservation)
        {
            yield return RuleFinding.NotJudged("its destruction has just begun");
            yield break;
        }
        if (snapshots[0].Guest.Domain.TotalPages is not { } before || evidence.Latest.Guest.Domain.TotalPages is not { } pages)
        {
            yield return RuleFinding.NotJudged("the number of its pages is not known");
            yield break;
        }
        if (pages < before) yield break;
        var processes = FindProcesses(evidence);
        yield return evidence.Fault(
            this,
            FaultSeverity.Warning,
            $"The domain was destroyed{Reason(evidence)}, and does not end: it is dying "
                + $"{FaultText.InAll(snapshots.Count, evidence.Span)}, and {Remains(pages)}. {Holders(evidence, processes)}.",
            Advice(evidence, processes));
    }

    private static string Reason(DomainEvidence evidence) =>
        evidence.Latest.Guest.Domain.ShutdownReason is { } reason ? $" after its shutdown ({reason})" : "";

    private static string Remains(ulong pages) => pages switch
    {
        0 => "none of its own pages is left, so something has mapped a page that Xen shares with it, such as its shared page",
        1 => "Xen still counts 1 page of it",
        _ => $"Xen still counts {FaultText.Number(pages)} pages of it",
    };

    // Returns the processes that can keep the domain from ending: those with mapped pages in all samples. This omits a process that maps
    // pages only for a moment. An incomplete sample can lack a process that maps pages, so it is not used to omit one. Null if no sample
    // contains processes.
    private static MappingProcessTable? FindProcesses(DomainEvidence evidence)
    {
        var tables = evidence.Snapshots.Select(snapshot => snapshot.Guest.MappingProcesses).OfType<MappingProcessTable>().ToArray();
        if (tables.Length == 0) return null;
        var lasting = tables[^1].Processes.Where(process =>
            tables.All(table => !table.IsComplete || table.Processes.Any(known => known.ProcessId == process.ProcessId)));
        return new MappingProcessTable(
            [.. lasting.OrderBy(process => s_daemons.Contains(process.Name))],
            tables.All(table => table.IsComplete));
    }

    private static string Holders(DomainEvidence evidence, MappingProcessTable? table)
    {
        if (table is null)
        {
            var why = evidence.Latest.Guest.MappingProcessError?.Problem.TrimEnd('.') ?? "the samples do not contain them";
            return $"The processes that can hold it are not known: {why}";
        }
        var others = table.IsComplete ? "" : "; not all processes could be read";
        return table.Processes.Count == 0
            ? $"No process of domain 0 has pages of other domains mapped in each sample{others}"
            : $"Processes of domain 0 that can hold it, because they have pages of other domains mapped: {List(table.Processes)}{others}";
    }

    // Returns the advice. A backend in the kernel can also have pages of the domain mapped, but it is not a process, so the table does not
    // contain it. The advice names such a backend too.
    private static AdviceText Advice(DomainEvidence evidence, MappingProcessTable? table)
    {
        var shows = RuleCommands.ListDomain(evidence.DomId);
        const string Kernel = "a backend in the kernel can hold it, and is not a process: see the kernel's log in the domains with the "
            + "backends of its disks and network interfaces";
        if (table is { Processes.Count: 0, IsComplete: true })
            return $"Without such a process, {Kernel}. {shows} shows whether it has ended.";
        return $"End or restart the process that worked with this domain, such as a debugger, a dump or its device model; xenstored and "
            + $"xenconsoled have pages of every domain mapped. If no process did, {Kernel}. {shows} shows whether it has ended.";
    }

    private static string List(IReadOnlyList<MappingProcess> processes) =>
        string.Join(", ", processes.Take(NamedProcesses).Select(process =>
            $"{(process.Name is null ? "?" : DisplayText.Sanitize(process.Name))} ({FaultText.Plain(process.ProcessId)})"))
        + (processes.Count > NamedProcesses ? $" and {FaultText.Number(processes.Count - NamedProcesses)} more" : "");
}
