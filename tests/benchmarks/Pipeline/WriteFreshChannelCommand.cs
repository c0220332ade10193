using System;
using System.Management.Automation;

namespace XenShared.Benchmarks.Pipeline
{
    /// <summary>Writes fresh objects and does nothing else: the rate that no cmdlet in C# exceeds. Every 20th is pending.</summary>
    [Cmdlet(VerbsCommunications.Write, "FreshChannel")]
    public sealed class WriteFreshChannelCommand : PSCmdlet
    {
        [Parameter(Mandatory = true)]
        public int Count { get; set; }

        protected override void EndProcessing()
        {
            var time = DateTimeOffset.UtcNow;
            for (var port = 0; port < Count; port++)
            {
                WriteObject(
                    new FreshChannel
                    {
                        DomId = 1,
                        DomainName = "guest",
                        Port = (uint)port,
                        State = 2,
                        Vcpu = 0,
                        Pending = port % 20 == 0,
                        Masked = false,
                        IsLive = true,
                        RemoteDomId = 0,
                        RemotePort = (uint)port,
                        Source = 1,
                        TakenAt = time,
                        HostName = "host",
                    });
            }
        }
    }
}
