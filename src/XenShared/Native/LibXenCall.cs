using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Declares functions of libxencall (<c>tools/include/xencall.h</c>), which has a stable ABI.</summary>
internal static partial class LibXenCall
{
    [LibraryImport(NativeLibraries.Call, SetLastError = true)]
    internal static partial nint xencall_open(nint logger, uint flags);

    [LibraryImport(NativeLibraries.Call)]
    internal static partial int xencall_close(nint xcall);

    [LibraryImport(NativeLibraries.Call, SetLastError = true)]
    internal static partial nint xencall_alloc_buffer(XenCallHandle xcall, nuint size);

    [LibraryImport(NativeLibraries.Call)]
    internal static partial void xencall_free_buffer(nint xcall, nint buffer);

    [LibraryImport(NativeLibraries.Call, SetLastError = true)]
    internal static partial int xencall2(XenCallHandle xcall, uint operation, ulong argument1, ulong argument2);
}
