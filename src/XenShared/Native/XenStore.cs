using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>
/// Reads xenstore through libxenstore (<c>tools/include/xenstore.h</c>). Both versions of the library have the functions that are used
/// here. Data that cannot be read is treated as missing, because other data does not depend on it.
/// </summary>
internal sealed unsafe partial class XenStore : IDisposable
{
    private readonly Handle _handle;

    private XenStore(Handle handle) => _handle = handle;

    /// <summary>Opens xenstore; false if it cannot be reached on this host.</summary>
    public static bool TryOpen([NotNullWhen(true)] out XenStore? store)
    {
        store = null;
        if (!NativeLibraries.Has(NativeLibraries.Store, nameof(xs_open), nameof(xs_close), nameof(xs_read), nameof(xs_directory)))
            return false;
        var handle = new Handle(xs_open(0));
        if (!handle.IsInvalid) store = new XenStore(handle);
        else handle.Dispose();
        return store is not null;
    }

    /// <summary>Returns the value of a node; null if the node does not exist or cannot be read.</summary>
    public string? Read(string path)
    {
        var value = xs_read(_handle, 0, path, out var length);
        if (value is null) return null;
        try
        {
            return Encoding.UTF8.GetString(value, (int)Math.Min(length, 4096));
        }
        finally
        {
            NativeMemory.Free(value);
        }
    }

    /// <summary>Returns the names of the children of a node; empty if there are none, or if the node cannot be read.</summary>
    public IReadOnlyList<string> List(string path)
    {
        var children = xs_directory(_handle, 0, path, out var count);
        if (children is null) return [];
        try
        {
            var names = new string[Math.Min(count, PortNodeReader.MaximumNodes)];
            for (var index = 0; index < names.Length; index++)
                names[index] = Marshal.PtrToStringUTF8((nint)children[index]) ?? "";
            return names;
        }
        finally
        {
            // The array and its strings are in one block of memory, so one call frees them all.
            NativeMemory.Free(children);
        }
    }

    /// <summary>
    /// Returns the values of those nodes of a domain that contain event channel ports. The keys are the paths below
    /// <c>/local/domain/DOMID</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> ReadPortNodes(ushort domId) => new PortNodeReader(Read, List).Read(domId);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    [LibraryImport(NativeLibraries.Store, SetLastError = true)]
    private static partial nint xs_open(nuint flags);

    [LibraryImport(NativeLibraries.Store)]
    private static partial void xs_close(nint handle);

    [LibraryImport(NativeLibraries.Store, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* xs_read(Handle handle, uint transaction, string path, out uint length);

    [LibraryImport(NativeLibraries.Store, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte** xs_directory(Handle handle, uint transaction, string path, out uint count);

    /// <summary>Represents a <c>struct xs_handle *</c>.</summary>
    internal sealed class Handle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Handle(nint handle)
            : base(ownsHandle: true) => SetHandle(handle);

        protected override bool ReleaseHandle()
        {
            xs_close(handle);
            return true;
        }
    }
}
