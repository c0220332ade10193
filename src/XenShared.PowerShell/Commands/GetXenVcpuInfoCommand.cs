using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Reads what vCPUs share with Xen, and tells live records from frozen ones.</summary>
[Cmdlet(VerbsCommon.Get, "XenVcpuInfo")]
[OutputType(typeof(XenVcpuInfo))]
public sealed class GetXenVcpuInfoCommand : DomainQueryCmdletBase
{
    /// <summary>vCPUs by number; without it all of the domain.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateRange(0, int.MaxValue)]
    [NumberTransformation]
    public int[] Vcpu { get; set; } = [];

    /// <summary>Gets how long each page of a live host is watched at most; 0 reads it once, and then IsLive is not known.</summary>
    [Parameter]
    [ValidateRange(0.0, MaximumSampleSeconds)]
    public double SampleSeconds { get; set; } = VcpuQuery.DefaultSampleTime.TotalSeconds;

    /// <summary>Gets where records are looked for; Auto takes the shared page where its record is live, else the guest's memory.</summary>
    [Parameter]
    [ValidateSet(nameof(ChannelSource.Auto), nameof(ChannelSource.SharedPage), nameof(ChannelSource.GuestMemory))]
    [ValidateNamedValue]
    public ChannelSource Source { get; set; }

    /// <summary>Searches a guest's memory even where that fills pages that it has not got yet.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override double WatchSeconds => SampleSeconds;

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) =>
        new VcpuQuery(target, observer)
        {
            SampleTime = TimeSpan.FromSeconds(SampleSeconds),
            Vcpus = Vcpu,
            Source = Source,
            Locate = new LocatorOptions { Force = Force },
        }.Run(selection, cancellation);
}
