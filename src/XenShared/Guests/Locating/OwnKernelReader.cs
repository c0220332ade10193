using System.Runtime.InteropServices;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Kernel;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Reads the event array and the vCPU records (<c>vcpu_info</c>) of the control domain from its own kernel, and compares them with the
/// ports and vCPUs that Xen reports. If they do not match, they are not used.
/// </summary>
internal sealed class OwnKernelReader(IXenDataSource target, OwnKernel kernel)
{
    private const string ArrayEvidence = "its own kernel uses FIFO channels, and the words of its event array match the ports in use";
    private const string RecordEvidence = "its own kernel has registered this record (xen_vcpu_info)";

    // A page of the event array is accepted if its words match the states of the ports. If a port is bound or closed while the pages are
    // read, they do not match. So the comparison is repeated up to this many times.
    private const int Attempts = 3;

    // The maximum number of closed ports per page whose words may be unmasked. A kernel fills the array with masked words, and masks a port
    // before it closes the port, so only a few of these words can be unmasked.
    private const int StrayWords = 16;

    /// <summary>Reads the event array.</summary>
    /// <returns>The array, or why it is not known.</returns>
    public (LocatedEventArray? Array, XenException? WhyNot) ReadEventArray()
    {
        try
        {
            string? mismatch = null;
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                var before = target.ReadPorts(OwnKernel.DomId);
                var takenAt = TimeProvider.System.GetUtcNow();
                var pages = kernel.ReadEventArray();
                mismatch = FindMismatch(pages, EventArrayLocator.InUse(before, target.ReadPorts(OwnKernel.DomId)));
                if (mismatch is null) return (new LocatedEventArray(takenAt, pages, ArrayEvidence) { Source = StateSource.Kernel }, null);
            }
            return (null, NotMatching(mismatch!));
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return (null, error);
        }
    }

    /// <summary>Reads the records that the kernel has registered. For other vCPUs, the kernel uses slots of the shared page.</summary>
    /// <returns>The records, and why one is not known.</returns>
    public (IReadOnlyList<LocatedVcpuInfo> Records, XenException? WhyNot) ReadVcpuRecords(GuestInspection guest)
    {
        if (guest.Domain.MaxVcpuId is not { } highest) return ([], null);
        try
        {
            var pattern = ScanCache.RecordPattern(guest);
            var takenAt = TimeProvider.System.GetUtcNow();
            var records = kernel.ReadVcpuRecords(highest + 1);
            if (records.FirstOrDefault(record => record.Vcpu > highest || !IsRecord(record, pattern)) is { } wrong)
                return ([], NotMatching($"the record that it has registered for vCPU {wrong.Vcpu} is not a vCPU record"));
            return (
                [
                    .. records.Select(record => new LocatedVcpuInfo(
                        record.Vcpu,
                        Pfn: 0,
                        Frame: 0,
                        Offset: 0,
                        takenAt,
                        record.Bytes,
                        record.IsUnstable,
                        RecordEvidence)
                    {
                        Source = StateSource.Kernel,
                    }),
                ],
                null);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return ([], error);
        }
    }

    // Determines whether the bytes can be a vCPU record. Its clock is compared with the pattern, unless the vCPU never ran or there is no
    // pattern. Then only the two upcall bytes are checked.
    private static bool IsRecord(KernelVcpuInfo record, VcpuInfoPattern? pattern)
    {
        var bytes = record.Bytes.Span;
        var hasRun = SharedInfoLayout.X86_64.Vcpu.Version.Read(bytes) != 0;
        return bytes[0] <= 1 && bytes[1] <= 1 && (!hasRun || pattern is null || pattern.Matches(bytes));
    }

    private static string? FindMismatch(IReadOnlyList<EventArrayPage> pages, PortTable inUse)
    {
        if (inUse.Bound.Count > 0 && inUse.Bound[^1].Port / EventWord.PerPage >= pages.Count)
            return $"port {inUse.Bound[^1].Port} is in use, beyond the {pages.Count} pages of its event array";
        var used = inUse.Bound.Select(port => port.Port).ToHashSet();
        foreach (var page in pages)
        {
            var words = MemoryMarshal.Cast<byte, uint>(page.Bytes.Span);
            var (unused, masked) = (0, 0);
            for (var at = 0; at < words.Length; at++)
            {
                var word = new EventWord(words[at]);
                var port = (uint)(page.Index * EventWord.PerPage + at);
                if (!word.IsWellFormed) return $"the word of port {port} is not an event word";
                if (used.Contains(port)) continue;
                if (word.IsPending) return $"port {port} is closed in Xen, but pending in the kernel";
                unused++;
                masked += word.IsMasked ? 1 : 0;
            }
            if (masked + StrayWords < unused) return $"{unused - masked} of {unused} closed ports are not masked";
        }
        return null;
    }

    private static XenException NotMatching(string mismatch) =>
        ScanCache.NotLocated(
            OwnKernel.DomId,
            $"The data in the kernel of domain {OwnKernel.DomId} does not match what Xen reports: {mismatch}",
            "read its channels from Xen (source Hypervisor)");
}
