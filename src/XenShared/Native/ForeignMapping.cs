using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>
/// Represents mapped frames of another domain. Dispose it as soon as possible: a mapping keeps the pages, and so a destroyed domain remains
/// as a zombie. The mapping keeps its handle open until it is unmapped.
/// </summary>
internal sealed class ForeignMapping : SafeHandleZeroOrMinusOneIsInvalid
{
    public const int Read = 1;

    /// <summary>For reading and writing. Used only for the time of one write.</summary>
    public const int ReadWrite = 3;

    private readonly ForeignMemoryHandle _owner;
    private readonly int _count;

    private ForeignMapping(ForeignMemoryHandle owner, int count)
        : base(ownsHandle: true)
    {
        _owner = owner;
        _count = count;
    }

    /// <summary>Maps one frame; false, with the errno, when Xen does not let it be mapped.</summary>
    public static bool TryMap(
        ForeignMemoryHandle owner,
        uint domId,
        ulong frame,
        int protection,
        [NotNullWhen(true)] out ForeignMapping? mapping,
        out int errno)
    {
        Span<int> frameError = [0];
        if (!TryMapAll(owner, domId, [frame], protection, frameError, out mapping, out errno)) return false;
        if (frameError[0] == 0) return true;
        errno = frameError[0];
        mapping.Dispose();
        mapping = null;
        return false;
    }

    /// <summary>Maps frames, one after the other in memory; false, with the errno, when the call as a whole fails.</summary>
    /// <param name="owner">The open interface.</param>
    /// <param name="domId">The domain.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="protection">Read, or read and write.</param>
    /// <param name="errors">The errno of each frame, or 0. A frame that could not be mapped must not be accessed, because that would
    /// fault.</param>
    /// <param name="mapping">The mapping.</param>
    /// <param name="errno">The errno of the call.</param>
    public static unsafe bool TryMapAll(
        ForeignMemoryHandle owner,
        uint domId,
        ReadOnlySpan<ulong> frames,
        int protection,
        Span<int> errors,
        [NotNullWhen(true)] out ForeignMapping? mapping,
        out int errno)
    {
        mapping = new ForeignMapping(owner, frames.Length);
        errors = errors[..frames.Length];
        errors.Clear();
        // The reference is added before the call. If the owner were closed just after the call, the frames could not be unmapped.
        var isCounted = false;
        owner.DangerousAddRef(ref isCounted);
        fixed (ulong* frame = frames)
        fixed (int* error = errors)
            mapping.SetHandle(LibXenForeignMemory.xenforeignmemory_map(owner, domId, protection, (nuint)frames.Length, frame, error));
        if (mapping.IsInvalid)
        {
            errno = Marshal.GetLastPInvokeError();
            owner.DangerousRelease();
            mapping.Dispose();
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

    /// <summary>Returns the bytes of a mapped frame. Do not use them after disposal.</summary>
    public unsafe ReadOnlySpan<byte> Page(int index) =>
        new((byte*)handle + (nint)index * Layout.SharedInfoLayout.PageSize, Layout.SharedInfoLayout.PageSize);

    /// <summary>Returns the bytes of the only frame of a writable mapping. Do not use them after disposal.</summary>
    public unsafe Span<byte> WritablePage() => new((byte*)handle, Layout.SharedInfoLayout.PageSize);

    protected override bool ReleaseHandle()
    {
        var unmapped = LibXenForeignMemory.xenforeignmemory_unmap(_owner.DangerousGetHandle(), handle, (nuint)_count) == 0;
        _owner.DangerousRelease();
        return unmapped;
    }
}
