using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Deserialization;
using XenShared.PowerShell.Errors;

namespace XenShared.PowerShell.Commands;

/// <summary>Draws a map of each domain's channels.</summary>
[Cmdlet(VerbsCommon.Format, "XenChannelMap")]
[OutputType(typeof(XenChannelMap))]
public sealed class FormatXenChannelMapCommand : XenCmdletBase
{
    // The domains in the order in which they first appear in the input. The input can contain channels of several hosts, on which domains
    // have the same numbers, so the key of a domain contains the host.
    private readonly List<(string Host, ushort DomId)> _order = [];
    private readonly Dictionary<(string Host, ushort DomId), SortedDictionary<uint, XenEventChannel>> _domains = [];

    /// <summary>Gets the channels, also deserialized ones.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject?[]? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var item in InputObject ?? [])
        {
            if (Cancellation.IsCancellationRequested) return;
            if (item is null) continue;
            if (ModelObject.From(item) is XenEventChannel channel) Take(channel);
            else WriteError(ErrorRecords.NotOfTheModel(item, "a channel"));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var key in _order) WriteObject(XenChannelMap.From(_domains[key].Values));
    }

    private void Take(XenEventChannel channel)
    {
        var key = (channel.HostName, channel.DomId);
        if (!_domains.TryGetValue(key, out var channels))
        {
            _domains.Add(key, channels = []);
            _order.Add(key);
        }
        channels[channel.Port] = channel;
    }
}
