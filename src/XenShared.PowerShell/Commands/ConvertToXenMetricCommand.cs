using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Deserialization;
using XenShared.PowerShell.Errors;
using XenShared.Reports.Metrics;

namespace XenShared.PowerShell.Commands;

/// <summary>Converts domains, channels, vCPU records, shared pages, devices, clocks and faults to metrics.</summary>
[Cmdlet(VerbsData.ConvertTo, "XenMetric")]
[OutputType(typeof(string))]
public sealed class ConvertToXenMetricCommand : XenCmdletBase
{
    private readonly XenMetrics _metrics = new();
    private long _start;

    /// <summary>Gets the objects of the other cmdlets, also deserialized ones, in any order.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject?[]? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _start = TimeProvider.System.GetTimestamp();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var item in InputObject ?? [])
        {
            if (Cancellation.IsCancellationRequested) return;
            if (item is not null) Take(item);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _metrics.SetCost(TimeProvider.System.GetElapsedTime(_start));
        foreach (var line in _metrics.Lines()) WriteObject(line);
    }

    private void Take(PSObject item)
    {
        switch (ModelObject.From(item))
        {
            case XenDomain domain:
                _metrics.Add(domain);
                break;
            case XenEventChannel channel:
                _metrics.Add(channel);
                break;
            case XenVcpuInfo vcpu:
                _metrics.Add(vcpu);
                break;
            case XenSharedInfo page:
                _metrics.Add(page);
                break;
            case XenDevice device:
                _metrics.Add(device);
                break;
            case XenClock clock:
                _metrics.Add(clock);
                break;
            case XenFault fault:
                _metrics.Add(fault);
                break;
            case XenRuleResult result:
                _metrics.Add(result);
                break;
            default:
                WriteError(
                    ErrorRecords.NotOfTheModel(
                        item,
                        "a domain, a channel, a vCPU record, a shared page, a device, a clock, a fault or a rule's result"));
                break;
        }
    }
}
