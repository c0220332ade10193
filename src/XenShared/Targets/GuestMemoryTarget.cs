using XenShared.Files.Images;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>
/// Represents a guest in a file with its memory: a core dump or a saved guest. The memory stays in the file and is read page by page.
/// </summary>
public sealed class GuestMemoryTarget : GuestImageTarget, IGuestMemory
{
    // The maximum number of pages in one read. Pages that are consecutive in the file are read together.
    private const int PagesAtOnce = 256;

    private readonly FileBytes _file;
    private readonly PageIndex _memory;
    private readonly byte[] _pages;

    /// <summary>Takes ownership of the file.</summary>
    internal GuestMemoryTarget(FileBytes file, GuestImage image, TargetKind kind)
        : base(image, kind, file.Name)
    {
        _file = file;
        _memory = image.Memory!;
        _pages = new byte[Math.Min(_memory.Count, PagesAtOnce) * SharedInfoLayout.PageSize];
    }

    /// <inheritdoc/>
    public override IGuestMemory Memory => this;

    /// <inheritdoc/>
    public ushort? OwnDomId => null;

    /// <inheritdoc/>
    public bool IsRecorded => true;

    /// <inheritdoc/>
    public bool HasMachineFrames => Image.HasMachineFrames;

    /// <inheritdoc/>
    public uint? TscKilohertz => Image.TscKilohertz;

    /// <inheritdoc/>
    public ulong CountFrames(ushort domId) => _memory.Count;

    /// <inheritdoc/>
    public int ListFrames(ushort domId, ulong first, Span<ulong> pfns, Span<ulong> frames) => _memory.List(first, pfns, frames);

    /// <inheritdoc/>
    public int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        Check(domId);
        var shown = 0;
        for (var index = 0; index < frames.Length;)
        {
            if (_memory.OffsetOf(frames[index]) is not { } offset)
            {
                index++;
                continue;
            }
            var together = 1;
            while (together < PagesAtOnce
                && index + together < frames.Length
                && _memory.OffsetOf(frames[index + together]) == offset + (long)together * SharedInfoLayout.PageSize)
                together++;
            var pages = _pages.AsSpan(0, together * SharedInfoLayout.PageSize);
            _file.Read(offset, pages, "memory");
            for (var page = 0; page < together; page++)
                visit(index + page, pages.Slice(page * SharedInfoLayout.PageSize, SharedInfoLayout.PageSize));
            shown += together;
            index += together;
        }
        return shown;
    }

    /// <inheritdoc/>
    public string? ReadStartTime(DomainInfo domain) => null;

    /// <inheritdoc/>
    public ulong ReadHighestFrame(ushort domId) => 0;

    /// <inheritdoc/>
    public bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory) => false;

    /// <inheritdoc/>
    public MemoryHazards ReadHazards(ushort domId, bool isTranslated) => new(0, 0);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
