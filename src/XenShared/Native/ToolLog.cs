using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>
/// A logger for the Xen libraries that writes nowhere. Without one they write to the user's standard error. It lives as long as the
/// process, because a library may log while its handle is being closed.
/// </summary>
internal static unsafe class ToolLog
{
    /// <summary>Gets the <c>xentoollog_logger *</c>: three function pointers (<c>xentoollog.h</c>).</summary>
    public static nint Silent { get; } = Create();

    private static nint Create()
    {
        var logger = (nint*)NativeMemory.Alloc(3, (nuint)sizeof(nint));
        // A va_list goes by pointer on x86-64 and on arm64, so it is one more word that is not looked at.
        logger[0] = (nint)(delegate* unmanaged[Cdecl]<nint, int, int, nint, nint, nint, void>)&VMessage;
        logger[1] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, int, nuint, nuint, void>)&Progress;
        logger[2] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Destroy;
        return (nint)logger;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void VMessage(nint logger, int level, int errno, nint context, nint format, nint arguments)
    {
        // errno tells what the caller needs.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Progress(nint logger, nint context, nint doing, int percent, nuint done, nuint total)
    {
        // Nothing here takes long enough.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Destroy(nint logger)
    {
        // The process owns it.
    }
}
