using System;

namespace XenShared.Benchmarks.Pipeline
{
    /// <summary>Represents an object with the same fields as a XenEventChannel, so of the same size.</summary>
    public sealed class FreshChannel
    {
        public ushort DomId { get; set; }
        public string DomainName { get; set; }
        public uint Port { get; set; }
        public int? State { get; set; }
        public int? Vcpu { get; set; }
        public bool? Pending { get; set; }
        public bool? Masked { get; set; }
        public bool? Linked { get; set; }
        public bool? Busy { get; set; }
        public bool? InSelector { get; set; }
        public bool? IsLive { get; set; }
        public string StateNote { get; set; }
        public ushort? RemoteDomId { get; set; }
        public uint? RemotePort { get; set; }
        public int? Virq { get; set; }
        public uint? Pirq { get; set; }
        public string Device { get; set; }
        public int EventAbi { get; set; }
        public int? Source { get; set; }
        public DateTimeOffset? TakenAt { get; set; }
        public string HostName { get; set; }

        /// <summary>Returns the bytes of an object of a type with a constructor without arguments.</summary>
        public static long SizeOf(Type type)
        {
            const int Count = 1000;
            Activator.CreateInstance(type);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var made = 0; made < Count; made++) Activator.CreateInstance(type);
            return (GC.GetAllocatedBytesForCurrentThread() - before) / Count;
        }
    }
}
