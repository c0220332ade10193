using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Native;

/// <summary>
/// Reads and writes pages of other domains through libxenforeignmemory (<c>tools/include/xenforeignmemory.h</c>), which has a stable ABI.
/// The pages are mapped for the duration of one call only.
/// </summary>
internal sealed unsafe partial class ForeignMemory : IDisposable
{
    /// <summary>Reads a mapped frame.</summary>
    /// <param name="index">The index of the frame in the list of requested frames.</param>
    /// <param name="page">The memory of the guest, which the guest continues to write. Do not keep it.</param>
    public delegate void PageVisitor(int index, ReadOnlySpan<byte> page);

    /// <summary>Changes a mapped frame.</summary>
    /// <param name="page">The memory of the guest, which the guest continues to write. Do not keep it.</param>
    public delegate void PageWriter(Span<byte> page);

    // The protections of a mapping: PROT_READ, and PROT_READ | PROT_WRITE.
    private const int Read = 1;
    private const int ReadWrite = 3;

    private readonly Handle _memory;

    private ForeignMemory(Handle memory) => _memory = memory;

    /// <summary>Opens the mapping interface.</summary>
    /// <exception cref="XenException">Xen is missing or denies access.</exception>
    public static ForeignMemory Open()
    {
        NativeLibraries.Require(
            NativeLibraries.ForeignMemory,
            nameof(xenforeignmemory_open),
            nameof(xenforeignmemory_close),
            nameof(xenforeignmemory_map),
            nameof(xenforeignmemory_unmap));
        var memory = new Handle(xenforeignmemory_open(NativeLibraries.SilentLogger, 0));
        if (!memory.IsInvalid) return new ForeignMemory(memory);
        var errno = Marshal.GetLastPInvokeError();
        memory.Dispose();
        throw XenErrorMap.OpenFailed(nameof(xenforeignmemory_open), errno);
    }

    /// <summary>Copies a domain's shared page.</summary>
    /// <param name="domId">The domain, for messages.</param>
    /// <param name="mapAs">The number to map with: that of the domain, or DOMID_SELF for the domain in which this program runs.</param>
    /// <param name="frame">The frame.</param>
    public DomainSample CopySharedPage(ushort domId, uint mapAs, ulong frame)
    {
        if (!TryMap(mapAs, frame, Read, out var mapping, out var errno)) throw XenErrorMap.MapFailed(errno, domId, isOwn: mapAs != domId);
        using (mapping) return DomainSample.Take(mapping.Page(0), SharedInfoLayout.X86_64, SharedInfoLayout.X86_32);
    }

    /// <summary>Maps those frames of a domain that can be mapped, and calls <paramref name="visit"/> for each.</summary>
    /// <returns>The number of mapped frames.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>, or no memory for
    /// the mapping.</exception>
    public int Visit(ushort domId, ReadOnlySpan<ulong> frames, PageVisitor visit)
    {
        if (frames.IsEmpty) return 0;
        var errors = new int[frames.Length];
        if (!TryMapAll(domId, frames, Read, errors, out var mapping, out var errno))
        {
            // These errnos mean that the guest has none of the frames. This is not an error here: 0, the number of mapped frames, is
            // returned.
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
    /// <param name="mapAs">The number to map with: that of the domain, or DOMID_SELF for the domain in which this program runs.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="write">Changes the frame.</param>
    public void Write(ushort domId, uint mapAs, ulong frame, PageWriter write)
    {
        if (!TryMap(mapAs, frame, ReadWrite, out var mapping, out var errno)) throw XenErrorMap.WriteFailed(errno, domId, frame);
        using (mapping) write(mapping.WritablePage());
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>Maps one frame. Returns false and the errno if it cannot be mapped.</summary>
    internal bool TryMap(uint domId, ulong frame, int protection, [NotNullWhen(true)] out Mapping? mapping, out int errno)
    {
        Span<int> frameError = [0];
        if (!TryMapAll(domId, [frame], protection, frameError, out mapping, out errno)) return false;
        if (frameError[0] == 0) return true;
        errno = frameError[0];
        mapping.Dispose();
        mapping = null;
        return false;
    }

    // Maps frames to consecutive addresses. If the whole call fails, returns false, and errno has the reason. Otherwise returns true, and
    // errors has the errno of each frame, or 0 if it is mapped. A frame with an errno has no memory behind its addresses, so reading there
    // would crash the process.
    private bool TryMapAll(
        uint domId,
        ReadOnlySpan<ulong> frames,
        int protection,
        Span<int> errors,
        [NotNullWhen(true)] out Mapping? mapping,
        out int errno)
    {
        errors = errors[..frames.Length];
        errors.Clear();
        mapping = new Mapping(_memory, frames.Length);
        fixed (ulong* frame = frames)
        fixed (int* error = errors)
            mapping.Take(xenforeignmemory_map(_memory, domId, protection, (nuint)frames.Length, frame, error));
        if (mapping.IsInvalid)
        {
            errno = Marshal.GetLastPInvokeError();
            mapping.GiveUp();
            mapping = null;
            return false;
        }
        errno = 0;
        foreach (ref var error in errors)
        {
            if (error < 0) error = -error;
        }
        return true;
    }

    [LibraryImport(NativeLibraries.ForeignMemory, SetLastError = true)]
    private static partial nint xenforeignmemory_open(nint logger, uint flags);

    [LibraryImport(NativeLibraries.ForeignMemory)]
    private static partial int xenforeignmemory_close(nint fmem);

    [LibraryImport(NativeLibraries.ForeignMemory, SetLastError = true)]
    private static partial nint xenforeignmemory_map(Handle fmem, uint dom, int prot, nuint pages, ulong* frames, int* errors);

    [LibraryImport(NativeLibraries.ForeignMemory)]
    private static partial int xenforeignmemory_unmap(nint fmem, nint address, nuint pages);

    /// <summary>Represents an <c>xenforeignmemory_handle *</c>.</summary>
    internal sealed class Handle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Handle(nint handle)
            : base(ownsHandle: true) => SetHandle(handle);

        protected override bool ReleaseHandle() => xenforeignmemory_close(handle) == 0;
    }

    /// <summary>
    /// Represents mapped frames of another domain. Dispose it as soon as possible: Xen cannot free a mapped page, so a destroyed domain
    /// would remain as a zombie. The library's handle stays open until the frames are unmapped.
    /// </summary>
    internal sealed class Mapping : SafeHandleZeroOrMinusOneIsInvalid
    {
        private readonly Handle _owner;
        private readonly int _count;

        /// <summary>Adds a reference to the owner, the library's handle, so that it is still open when the frames are unmapped.</summary>
        public Mapping(Handle owner, int count)
            : base(ownsHandle: true)
        {
            _owner = owner;
            _count = count;
            var isCounted = false;
            owner.DangerousAddRef(ref isCounted);
        }

        /// <summary>Stores the address of the mapped frames.</summary>
        public void Take(nint address) => SetHandle(address);

        /// <summary>
        /// Releases the reference to the owner. Call this if nothing was mapped, because <see cref="ReleaseHandle"/> is then not called.
        /// </summary>
        public void GiveUp()
        {
            _owner.DangerousRelease();
            Dispose();
        }

        /// <summary>Returns the bytes of a mapped frame. Do not use them after disposal.</summary>
        public ReadOnlySpan<byte> Page(int index) =>
            new((byte*)handle + (nint)index * SharedInfoLayout.PageSize, SharedInfoLayout.PageSize);

        /// <summary>Returns the bytes of the only frame of a writable mapping. Do not use them after disposal.</summary>
        public Span<byte> WritablePage() => new((byte*)handle, SharedInfoLayout.PageSize);

        protected override bool ReleaseHandle()
        {
            var unmapped = xenforeignmemory_unmap(_owner.DangerousGetHandle(), handle, (nuint)_count) == 0;
            _owner.DangerousRelease();
            return unmapped;
        }
    }
}
