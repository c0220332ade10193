using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>
/// Mapped frames of another domain. To be disposed at once: a mapping holds the pages, and with them a destroyed domain as a zombie.
/// It keeps the handle it came from open until it is unmapped.
/// </summary>
internal sealed class ForeignMapping : SafeHandleZeroOrMinusOneIsInvalid
{
    public const int Read = 1;

    /// <summary>To read and to write: only for as long as one write takes.</summary>
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
    /// <param name="domId">Whose frames.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="protection">Read, or read and write.</param>
    /// <param name="errors">Of each frame its errno, or 0. A frame that could not be mapped must not be touched: its page faults.</param>
    /// <param name="mapping">The mapping.</param>
    /// <param name="errno">Why the call failed.</param>
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
        // Counted before the call: were the owner closed just after it, nobody could unmap the frames any more.
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

    /// <summary>Returns the bytes of a frame that could be mapped; not to be used after disposal.</summary>
    public unsafe ReadOnlySpan<byte> Page(int index) =>
        new((byte*)handle + (nint)index * Layout.SharedInfoLayout.PageSize, Layout.SharedInfoLayout.PageSize);

    /// <summary>Returns the bytes of the one frame of a mapping that was made to be written; not to be used after disposal.</summary>
    public unsafe Span<byte> WritablePage() => new((byte*)handle, Layout.SharedInfoLayout.PageSize);

    protected override bool ReleaseHandle()
    {
        var unmapped = LibXenForeignMemory.xenforeignmemory_unmap(_owner.DangerousGetHandle(), handle, (nuint)_count) == 0;
        _owner.DangerousRelease();
        return unmapped;
    }
}
