using XenShared.Guests;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads the vCPU records of domains once a second. Xen updates a record about once a second while its vCPU runs.</summary>
internal sealed class ClockSampler(IXenDataSource target, LocatorOptions locate, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Gets the wall clock of the control domain; null if it is not known.</summary>
    public WallClockContent? HostClock { get; private set; }

    /// <summary>Finds the live records of domains, and then reads them once a second for <paramref name="sampleTime"/>.</summary>
    public IReadOnlyList<ClockSeries> Sample(IReadOnlyList<DomainInfo> domains, TimeSpan sampleTime, CancellationToken cancellation)
    {
        var inspector = new GuestInspector(target) { Locate = locate with { EventArrays = false, VcpuRecords = true } };
        var findTime = sampleTime > TimeSpan.Zero ? VcpuQuery.DefaultSampleTime : TimeSpan.Zero;
        var series = inspector
            .Inspect(domains, findTime, cancellation)
            .Select(guest => new ClockSeries(guest, target.Host.HostName))
            .ToArray();
        HostClock = inspector.HostClock();
        if (target.IsLive) Follow(series, sampleTime, cancellation);
        return series;
    }

    private void Follow(ClockSeries[] series, TimeSpan sampleTime, CancellationToken cancellation)
    {
        // There are two groups of domains. In one, Locate is set: the vcpu_info is at a place in guest memory that was found before, and is
        // read there without another search. In the other, the vcpu_info is in a slot of the shared page, so Locate is null.
        var groups = series
            .Where(domain => domain.Vcpus.Any(ClockSeries.IsUsed))
            .GroupBy(domain => domain.HasLocatedRecords)
            .Select(group => (
                Inspector: new GuestInspector(target)
                {
                    Locate = group.Key ? locate with { EventArrays = false, VcpuRecords = true, SearchAgain = false } : null,
                },
                Series: group.ToDictionary(domain => domain.Guest.Domain.DomId)))
            .ToArray();
        var timer = new IntervalTimer(time, target.IsRealTime ? s_interval : TimeSpan.Zero);
        for (var passed = s_interval; passed <= sampleTime; passed = target.IsRealTime ? timer.Next : passed + s_interval)
        {
            timer.Wait(limit: null, cancellation);
            foreach (var (inspector, followed) in groups)
            {
                foreach (var guest in inspector.Inspect(Present(followed.Values), TimeSpan.Zero, cancellation))
                    followed[guest.Domain.DomId].Add(guest);
            }
        }
    }

    // Returns the domains that still exist, with their present data. On a local host, this data is read again here. A remote host sends it
    // with each capture, so the earlier data is returned here.
    private IEnumerable<DomainInfo> Present(IEnumerable<ClockSeries> series)
    {
        foreach (var domain in series.Select(entry => entry.Guest.Domain))
        {
            var present = domain;
            try
            {
                if (!target.IsRemote) present = target.ReadDomain(domain.DomId);
            }
            catch (XenException error) when (!error.IsFatal)
            {
                // The domain has ended, so it is not read any more. Its earlier samples remain valid.
                continue;
            }
            yield return present;
        }
    }
}
