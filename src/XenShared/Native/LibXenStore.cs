using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Declares functions of libxenstore (<c>tools/include/xenstore.h</c>), which are the same under both sonames.</summary>
internal static unsafe partial class LibXenStore
{
    [LibraryImport(NativeLibraries.Store, SetLastError = true)]
    internal static partial nint xs_open(nuint flags);

    [LibraryImport(NativeLibraries.Store)]
    internal static partial void xs_close(nint handle);

    [LibraryImport(NativeLibraries.Store, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte* xs_read(XenStoreHandle handle, uint transaction, string path, out uint length);

    [LibraryImport(NativeLibraries.Store, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte** xs_directory(XenStoreHandle handle, uint transaction, string path, out uint count);
}
