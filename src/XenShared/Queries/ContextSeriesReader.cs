using XenShared.Guests;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads the processor states of vCPUs in quick succession, or returns those that a capture contains.</summary>
internal sealed class ContextSeriesReader(IXenDataSource target, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Reads the series of each domain. Each round reads every domain once, so all domains share the waits between the rounds.
    /// </summary>
    public void Read(IEnumerable<ContextSeries> domains, CancellationToken cancellation)
    {
        var left = domains.ToList();
        if (!target.IsLive)
        {
            foreach (var series in left) ReadRecorded(series);
            return;
        }
        var interval = new IntervalTimer(time, target.IsRealTime ? s_interval : TimeSpan.Zero);
        for (var read = 0; read < ContextSeries.ReadCount && left.Count > 0; read++)
        {
            if (read > 0) interval.Wait(limit: null, cancellation);
            foreach (var batch in left.Chunk(target.IsRemote ? GuestInspector.DomainsPerCapture : 1)) ReadBatch(batch, cancellation);
            left.RemoveAll(series => series.WhyIncomplete is not null);
        }
    }

    private void ReadRecorded(ContextSeries series)
    {
        try
        {
            series.Reads.AddRange(target.Reads[^1].ReadContextSeries(series.Domain));
            if (series.Reads.Count < ContextSeries.ReadCount)
                series.WhyIncomplete = series.Reads.Count == 0
                    ? "the file contains no further reads"
                    : $"the file contains only {series.Reads.Count} of {ContextSeries.ReadCount} further reads";
        }
        catch (XenException error) when (!error.IsFatal)
        {
            series.WhyIncomplete = error.Problem;
        }
    }

    private void ReadBatch(ContextSeries[] domains, CancellationToken cancellation)
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
                DomIds = Array.ConvertAll(domains, series => series.Domain.DomId),
                Parts = CaptureParts.VcpuContexts,
            };
            using var capture = target.TakeCapture(request, cancellation);
            ReadEach(domains, capture);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            foreach (var series in domains) series.WhyIncomplete ??= error.Message;
        }
    }

    private static void ReadEach(ContextSeries[] domains, IXenDataSource source)
    {
        foreach (var series in domains)
        {
            try
            {
                series.Reads.Add(source.ReadVcpuContexts(series.Domain));
            }
            catch (XenException error) when (!error.IsFatal)
            {
                series.WhyIncomplete = error.Message;
            }
        }
    }
}
