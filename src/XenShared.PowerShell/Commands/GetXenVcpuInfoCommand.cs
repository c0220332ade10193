using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Reads the vcpu_info of vCPUs, and distinguishes live records from frozen ones.</summary>
[Cmdlet(VerbsCommon.Get, "XenVcpuInfo", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenVcpuInfo))]
public sealed class GetXenVcpuInfoCommand : DomainQueryCmdletBase
{
    /// <summary>Gets the numbers of the vCPUs; by default, all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateRange(0, int.MaxValue)]
    [NumberTransformation]
    [ArgumentCompleter(typeof(VcpuCompleter))]
    public int[] Vcpu { get; set; } = [];

    /// <summary>Gets the maximum time to sample each page of a live host. 0 reads each page once; IsLive is then unknown.</summary>
    [Parameter]
    [ValidateRange(0.0, MaximumSampleSeconds)]
    public double SampleSeconds { get; set; } = VcpuQuery.DefaultSampleTime.TotalSeconds;

    /// <summary>
    /// Gets the source of the records. Auto uses the record in the shared page if that record is live, otherwise guest memory or, for the
    /// control domain, its own kernel.
    /// </summary>
    [Parameter]
    [ValidateSet(
        nameof(ChannelSource.Auto),
        nameof(ChannelSource.SharedPage),
        nameof(ChannelSource.GuestMemory),
        nameof(ChannelSource.Kernel))]
    public ChannelSource Source { get; set; }

    /// <summary>
    /// Gets a value that allows searching guest memory even if Xen must then allocate memory for pages that are paged out or populated on
    /// demand.
    /// </summary>
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
