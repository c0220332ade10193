using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Native;

/// <summary>Reads pages of other domains: maps them read-only, copies them, and unmaps them immediately.</summary>
internal sealed class ForeignMemory : IDisposable
{
    /// <summary>Visits a mapped frame.</summary>
    /// <param name="index">The index of the frame in the request.</param>
    /// <param name="page">The memory of the guest, which the guest continues to write. Do not keep it.</param>
    public delegate void PageVisitor(int index, ReadOnlySpan<byte> page);

    /// <summary>Changes a mapped frame.</summary>
    /// <param name="page">The guest's memory itself, which the guest goes on writing; not to be kept.</param>
    public delegate void PageWriter(Span<byte> page);

    private readonly ForeignMemoryHandle _memory;

    private ForeignMemory(ForeignMemoryHandle memory) => _memory = memory;

    /// <summary>Opens the mapping interface.</summary>
    /// <exception cref="XenException">Xen is missing or denies access.</exception>
    public static ForeignMemory Open()
    {
        NativeLibraries.Require(NativeLibraries.ForeignMemory,
            nameof(LibXenForeignMemory.xenforeignmemory_open), nameof(LibXenForeignMemory.xenforeignmemory_close),
            nameof(LibXenForeignMemory.xenforeignmemory_map), nameof(LibXenForeignMemory.xenforeignmemory_unmap));
        var memory = new ForeignMemoryHandle(LibXenForeignMemory.xenforeignmemory_open(ToolLog.Silent, 0));
        if (!memory.IsInvalid) return new ForeignMemory(memory);
        var errno = Marshal.GetLastPInvokeError();
        memory.Dispose();
        throw XenErrorMap.OpenFailed(nameof(LibXenForeignMemory.xenforeignmemory_open), errno);
    }

    /// <summary>Copies a domain's shared page.</summary>
    /// <param name="domId">The domain, for messages.</param>
    /// <param name="mapAs">The domain number for the mapping: that of the domain, or the special number for the caller.</param>
    /// <param name="frame">The frame.</param>
    public PageSnapshot CopySharedPage(ushort domId, uint mapAs, ulong frame)
    {
        if (!ForeignMapping.TryMap(_memory, mapAs, frame, ForeignMapping.Read, out var mapping, out var errno))
            throw XenErrorMap.MapFailed(errno, domId, isOwn: mapAs != domId);
        using (mapping) return PageSnapshot.Take(mapping.Page(0), SharedInfoLayout.X86_64, SharedInfoLayout.X86_32);
    }

    /// <summary>Visits those frames of a domain that can be mapped.</summary>
    /// <returns>The number of mapped frames.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>, or no memory for
    /// the mapping.</exception>
    public int Visit(ushort domId, ReadOnlySpan<ulong> frames, PageVisitor visit)
    {
        if (frames.IsEmpty) return 0;
        var errors = new int[frames.Length];
        if (!ForeignMapping.TryMapAll(_memory, domId, frames, ForeignMapping.Read, errors, out var mapping, out var errno))
        {
            // If the guest has none of the frames, the whole call fails.
            return errno is Errno.EINVAL or Errno.ENOENT or Errno.EFAULT ? 0 : throw XenErrorMap.FramesFailed(errno, domId);
        }
        using var unmapped = mapping;
        var mapped = 0;
        for (var index = 0; index < errors.Length; index++)
        {
            if (errors[index] == Errno.ESRCH) throw XenErrorMap.FramesFailed(Errno.ESRCH, domId);
            if (errors[index] != 0) continue;
            visit(index, mapping.Page(index));
            mapped++;
        }
        return mapped;
    }

    /// <summary>Maps one frame for writing while <paramref name="write"/> runs.</summary>
    /// <param name="domId">The domain, for messages.</param>
    /// <param name="mapAs">The number to map it under: the domain's, or the one that stands for the caller.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="write">Changes the frame.</param>
    public void Write(ushort domId, uint mapAs, ulong frame, PageWriter write)
    {
        if (!ForeignMapping.TryMap(_memory, mapAs, frame, ForeignMapping.ReadWrite, out var mapping, out var errno))
            throw XenErrorMap.WriteFailed(errno, domId, frame);
        using (mapping) write(mapping.WritablePage());
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
