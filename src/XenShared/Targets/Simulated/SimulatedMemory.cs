using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Targets.Simulated;

/// <summary>Simulates guest memory. Empty frames are allocated when they are first written.</summary>
internal sealed class SimulatedMemory
{
    private const ulong Present = 1;

    // The first frames of a 64-bit PV guest contain a page table of each of the four levels, and then the P2M list. In each table, entry 1
    // leads to the list, because the list's virtual address selects that entry.
    private const int TableLevels = 4;
    private const int EntriesPerPage = SharedInfoLayout.PageSize / sizeof(ulong);

    private static readonly byte[] s_nothing = new byte[SharedInfoLayout.PageSize];

    private readonly Dictionary<ulong, byte[]> _frames = [];
    private readonly GuestPlan _plan;

    public SimulatedMemory(GuestPlan plan) => _plan = plan;

    /// <summary>Gets the virtual address of the P2M list.</summary>
    public static ulong P2mAddress => 1ul << 39 | 1ul << 30 | 1ul << 21 | 1ul << 12;

    /// <summary>Gets the frame of the topmost page table of the P2M list.</summary>
    public ulong P2mRoot => _plan.FirstFrame;

    /// <summary>Returns the frame of page <paramref name="pfn"/> of the guest.</summary>
    public ulong FrameOf(int pfn) => _plan.FirstFrame + (ulong)pfn;

    /// <summary>Determines whether the guest has this frame.</summary>
    public bool Has(ulong frame) =>
        _frames.ContainsKey(frame) || frame >= _plan.FirstFrame && frame - _plan.FirstFrame < GuestPlan.MemoryPages;

    /// <summary>Returns the writable bytes of a frame.</summary>
    public byte[] Page(ulong frame)
    {
        if (!_frames.TryGetValue(frame, out var page))
            _frames.Add(frame, page = HasTables && TableLevel(frame) is { } level ? Table(level) : new byte[SharedInfoLayout.PageSize]);
        return page;
    }

    /// <summary>Returns the read-only bytes of a frame.</summary>
    public ReadOnlySpan<byte> ReadFrame(ulong frame)
    {
        if (_frames.TryGetValue(frame, out var page)) return page;
        return HasTables && TableLevel(frame) is { } level ? Table(level) : s_nothing;
    }

    /// <summary>Moves a page to another frame. The old frame becomes ordinary memory.</summary>
    public void Move(ulong from, ulong to)
    {
        var page = Page(from);
        _frames[to] = page;
        _frames[from] = new byte[SharedInfoLayout.PageSize];
    }

    private bool HasTables => _plan is { Type: DomainType.PV, Layout.Layout: GuestLayout.X86_64 };

    private int? TableLevel(ulong frame) => frame - _plan.FirstFrame <= TableLevels ? (int)(frame - _plan.FirstFrame) : null;

    // Creates the page of a level. Levels 0 to 3 are page tables, in which entry 1 points to the page of the next level. Level 4 is the P2M
    // list.
    private byte[] Table(int level)
    {
        var page = new byte[SharedInfoLayout.PageSize];
        var entries = MemoryMarshal.Cast<byte, ulong>(page.AsSpan());
        if (level < TableLevels)
        {
            entries[1] = FrameOf(level + 1) << 12 | Present;
            return page;
        }
        for (var pfn = 0; pfn < EntriesPerPage; pfn++) entries[pfn] = pfn < GuestPlan.MemoryPages ? FrameOf(pfn) : ulong.MaxValue;
        return page;
    }
}
