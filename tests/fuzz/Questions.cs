using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Fuzz;

/// <summary>All that can be asked of a target.</summary>
public static class Questions
{
    private const int MostEntries = 600;

    /// <summary>Asks, and counts the answers.</summary>
    public static int Ask(IXenTarget target)
    {
        var listener = new Listener();
        var count = new DomainQuery(target, listener).Run(DomainSelection.All).Count()
            + new SharedInfoQuery(target, listener).Run(DomainSelection.All).Count()
            + new VcpuQuery(target, listener) { SampleTime = TimeSpan.Zero }.Run(DomainSelection.All).Count()
            + new P2mQuery(target, listener).Run(DomainSelection.All).Take(MostEntries).Count();
        foreach (var channel in new EventChannelQuery(target, listener).Run(DomainSelection.All))
        {
            if (channel.Pending is null != channel.Source is null) throw new InvalidOperationException($"Port {channel.Port} is pending without a source, or has a source that says nothing.");
            count++;
        }
        return count + listener.Heard;
    }
}
