using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Recognizes the pages with the control blocks of FIFO events, one for each vCPU, as Linux places them: at the start of a page that
/// contains nothing else. The heads of the queues are open ports that are bound to the vCPU.
/// </summary>
public sealed class ControlBlockPattern : IPagePattern
{
    private const uint AllReady = (1u << ControlBlockContent.QueueCount) - 1;
    private const int Words = ControlBlockContent.Size / sizeof(uint);
    private const int FirstHead = ControlBlockContent.HeadsOffset / sizeof(uint);
    private const int NoVcpu = -1;

    private readonly int[] _vcpus;

    /// <summary>Creates the pattern from the present ports.</summary>
    public ControlBlockPattern(PortTable ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        var open = ports.Bound.Where(port => port is { IsBound: true, State: not null }).ToArray();
        _vcpus = new int[open.Length == 0 ? 0 : open.Max(port => port.Port) + 1];
        Array.Fill(_vcpus, NoVcpu);
        foreach (var port in open) _vcpus[port.Port] = port.Vcpu;
    }

    /// <inheritdoc/>
    public bool Resembles(ReadOnlySpan<byte> page) => FindVcpu(page) is not null;

    /// <summary>Returns the vCPU whose control block a page contains; null if it contains none.</summary>
    public int? FindVcpu(ReadOnlySpan<byte> page)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page);
        var ready = words[0];
        // The second word is reserved, and zero.
        if (ready > AllReady || words[1] != 0) return null;
        int? vcpu = null;
        for (var queue = 0; queue < ControlBlockContent.QueueCount; queue++)
        {
            var head = words[FirstHead + queue];
            // Xen writes the head of a queue before it sets the ready bit. So a page with a ready queue that has no head is no control
            // block.
            if (head == 0 && (ready >> queue & 1) != 0) return null;
            if (head == 0) continue;
            if (head >= _vcpus.Length || _vcpus[head] == NoVcpu || _vcpus[head] != (vcpu ??= _vcpus[head])) return null;
        }
        return vcpu is not null && !words[Words..].ContainsAnyExcept(0u) ? vcpu : null;
    }
}
