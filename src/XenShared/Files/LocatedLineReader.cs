using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>
/// Reads the lines of a capture with data that was located outside the shared page: pages of event arrays, and vCPU records
/// (<c>vcpu_info</c>).
/// </summary>
/// <param name="limits">The limits of the capture.</param>
/// <param name="damaged">Creates the error of a line that is not valid.</param>
internal sealed class LocatedLineReader(CaptureLimits limits, Func<string, XenException> damaged)
{
    /// <summary>Adds a page of an event array to its domain.</summary>
    public void Add(Func<ushort, CapturedDomain> find, CaptureEventPageLine line)
    {
        var domain = find(line.Domid);
        var page = Need(line.Page, "page");
        if (page.Length != SharedInfoLayout.PageSize)
            throw damaged(
                $"a page of the event array of domain {line.Domid} has {page.Length} bytes instead of {SharedInfoLayout.PageSize}");
        if (line.Index < 0
            || line.Index >= limits.MaximumPorts / EventWord.PerPage
            || domain.EventPages.Count > 0 && line.Index <= domain.EventPages[^1].Index)
            throw damaged($"page {line.Index} of the event array of domain {line.Domid} is out of range or out of order");
        var evidence = Need(line.Evidence, "evidence");
        var isInferred = line.Inferred == true;
        var source = SourceOf(line.Source, line.Domid);
        if (domain.EventPages.Count > 0
            && (domain.EventArrayTakenAt, domain.EventArrayEvidence, domain.IsEventArrayInferred, domain.EventArraySource)
                != (line.TakenAt, evidence, isInferred, source))
            throw damaged($"the pages of the event array of domain {line.Domid} do not agree on how it was found");
        domain.EventPages.Add(new EventArrayPage(line.Index, line.Pfn, line.Frame, page));
        domain.EventArrayTakenAt = line.TakenAt;
        domain.EventArrayEvidence = evidence;
        domain.IsEventArrayInferred = isInferred;
        domain.EventArraySource = source;
    }

    /// <summary>Adds a vCPU record to its domain.</summary>
    public void Add(Func<ushort, CapturedDomain> find, CaptureVcpuRecordLine line)
    {
        var domain = find(line.Domid);
        var record = Need(line.Record, "record");
        var size = SharedInfoLayout.X86_64.Vcpu.Size;
        if (record.Length != size)
            throw damaged($"a vCPU record of domain {line.Domid} has {record.Length} bytes instead of {size}");
        if (line.Offset < 0 || line.Offset > SharedInfoLayout.PageSize - size)
            throw damaged($"a vCPU record of domain {line.Domid} has the impossible offset {line.Offset} in its page");
        if (line.Vcpu < 0 || line.Vcpu >= limits.MaximumVcpus || !domain.RecordedVcpus.Add(line.Vcpu))
            throw damaged($"the record of vCPU {line.Vcpu} of domain {line.Domid} is out of range, or occurs twice");
        domain.VcpuRecords.Add(
            new LocatedVcpuInfo(
                line.Vcpu,
                line.Pfn,
                line.Frame,
                line.Offset,
                line.TakenAt,
                record,
                line.Unstable,
                Need(line.Evidence, "evidence"))
            {
                IsProved = line.Inferred != true,
                Source = SourceOf(line.Source, line.Domid),
            });
    }

    // Returns the source of located data in a capture. The source Kernel is valid only for domain 0, because this program reads only the
    // kernel on which it runs, that of the control domain.
    private StateSource SourceOf(StateSource? source, ushort domId) => source switch
    {
        null or StateSource.GuestMemory => StateSource.GuestMemory,
        StateSource.Kernel when domId == 0 => StateSource.Kernel,
        _ => throw damaged($"the source of the located data of domain {domId} is not possible"),
    };

    private T Need<T>(T? value, string name)
        where T : class => value ?? throw damaged($"it has no {name}");
}
