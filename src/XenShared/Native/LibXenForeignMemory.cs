using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Declares functions of libxenforeignmemory (<c>tools/include/xenforeignmemory.h</c>), which has a stable ABI.</summary>
internal static unsafe partial class LibXenForeignMemory
{
    [LibraryImport(NativeLibraries.ForeignMemory, SetLastError = true)]
    internal static partial nint xenforeignmemory_open(nint logger, uint flags);

    [LibraryImport(NativeLibraries.ForeignMemory)]
    internal static partial int xenforeignmemory_close(nint fmem);

    [LibraryImport(NativeLibraries.ForeignMemory, SetLastError = true)]
    internal static partial nint xenforeignmemory_map(
        ForeignMemoryHandle fmem,
        uint dom,
        int prot,
        nuint pages,
        ulong* frames,
        int* errors);

    [LibraryImport(NativeLibraries.ForeignMemory)]
    internal static partial int xenforeignmemory_unmap(nint fmem, nint address, nuint pages);
}
