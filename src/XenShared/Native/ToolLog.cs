using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>
/// Provides a logger for the Xen libraries that discards all messages. Without it, they write to standard error. It exists as long as the
/// process, because a library can log while its handle is being closed.
/// </summary>
internal static unsafe class ToolLog
{
    /// <summary>Gets the <c>xentoollog_logger *</c>: three function pointers (<c>xentoollog.h</c>).</summary>
    public static nint Silent { get; } = Create();

    private static nint Create()
    {
        var logger = (nint*)NativeMemory.Alloc(3, (nuint)sizeof(nint));
        // A va_list is passed by pointer on x86-64 and arm64, so it is one more parameter, which is not used.
        logger[0] = (nint)(delegate* unmanaged[Cdecl]<nint, int, int, nint, nint, nint, void>)&VMessage;
        logger[1] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, int, nuint, nuint, void>)&Progress;
        logger[2] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Destroy;
        return (nint)logger;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void VMessage(nint logger, int level, int errno, nint context, nint format, nint arguments)
    {
        // The caller uses errno.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Progress(nint logger, nint context, nint doing, int percent, nuint done, nuint total)
    {
        // No call takes long enough for progress messages.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Destroy(nint logger)
    {
        // The logger is never destroyed.
    }
}
