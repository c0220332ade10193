using XenShared.Diagnosis.Evidence;
using XenShared.Guests;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>
/// Reads the processor states of vCPUs in quick succession. A busy kernel can be in the same hypercall in each of three reads, but not in
/// each of many.
/// </summary>
internal sealed class ContextSeriesReader(IXenDataSource target, TimeProvider time)
{
    private const int ReadCount = 20;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Reads the series of each domain. All domains are read before the next read of one, so many take no longer.</summary>
    public void Read(IEnumerable<DomainEvidence> domains, CancellationToken cancellation)
    {
        var interval = new IntervalTimer(time, target.IsRealTime ? s_interval : TimeSpan.Zero);
        var left = domains.ToList();
        for (var read = 0; read < ReadCount && left.Count > 0; read++)
        {
            if (read > 0) interval.Wait(limit: null, cancellation);
            foreach (var batch in left.Chunk(target.IsRemote ? GuestInspector.DomainsPerCapture : 1)) ReadBatch(batch, cancellation);
            left.RemoveAll(domain => domain.WhyNoSeries is not null);
        }
    }

    private void ReadBatch(DomainEvidence[] domains, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            if (!target.IsRemote)
            {
                ReadEach(domains, target);
                return;
            }
            var request = new CaptureRequest
            {
                DomIds = Array.ConvertAll(domains, domain => domain.DomId),
                Parts = CaptureParts.VcpuContexts,
            };
            using var capture = target.TakeCapture(request, cancellation);
            ReadEach(domains, capture);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            foreach (var domain in domains) domain.WhyNoSeries ??= error.Message;
        }
    }

    private static void ReadEach(DomainEvidence[] domains, IXenDataSource source)
    {
        foreach (var domain in domains)
        {
            try
            {
                domain.ContextSeries.Add(source.ReadVcpuContexts(domain.Latest.Guest.Domain));
            }
            catch (XenException error) when (!error.IsFatal)
            {
                domain.WhyNoSeries = error.Message;
            }
        }
    }
}
