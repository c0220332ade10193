using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Lists domains with what is deduced about each: the width of its kernel and its event ABI.</summary>
public sealed class DomainQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>
    /// Streams the selected domains. If the page or the ports of a domain cannot be read, its width or event ABI is unknown, and the
    /// evidence contains the reason.
    /// </summary>
    public IEnumerable<XenDomain> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (ConsoleLogTarget.GetToolRemark(target) is { } remark)
            observer.Warn(new QueryWarning(null, XenErrorId.EventStateUnknown, remark));
        var inspector = new GuestInspector(target) { RunStates = false };
        var domains = selection.Read(target, observer, cancellation);
        return inspector.Inspect(domains, TimeSpan.Zero, cancellation).Select(ToDomain);
    }

    /// <summary>Creates the domain object of an inspected guest.</summary>
    internal XenDomain ToDomain(GuestInspection guest)
    {
        var domain = guest.Domain;
        if (domain.InfoError is { } error) observer.Fail(error);
        return new XenDomain
        {
            DomId = domain.DomId,
            Name = guest.Name,
            Uuid = domain.Uuid,
            Type = domain.Type,
            State = domain.State,
            ShutdownReason = domain.ShutdownReason,
            VcpuCount = domain.OnlineVcpus,
            Width = guest.Layout.Width,
            WidthEvidence = guest.PageError is { } noPage && guest.Layout.Layout is null ? noPage.Message : guest.Layout.Evidence,
            EventAbi = guest.Abi.Abi,
            AbiEvidence = guest.PageError is { } pageError && guest.Abi.Abi == EventAbi.Unknown ? pageError.Message : guest.Abi.Evidence,
            SharedInfoFrame = domain.SharedInfoFrame,
            CpuTime = domain.CpuTimeNanoseconds is { } time ? TimeSpan.FromTicks((long)(time / 100)) : null,
            MemoryBytes = domain.TotalPages * 4096,
            PollingVcpu = target.Channels?.Domains.GetValueOrDefault(domain.DomId)?.PollingVcpus is { } polling
                ? new ValueList<int>(polling)
                : null,
            ReferenceCount = target.DomainStates?.Domains.GetValueOrDefault(domain.DomId)?.ReferenceCount,
            HostName = target.Host.HostName,
        };
    }
}
