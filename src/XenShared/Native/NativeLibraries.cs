using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>
/// Finds the Xen libraries, and provides the logger that they need. libxenctrl has no stable ABI: its file name contains the version of
/// Xen, which must be that of the running hypervisor. The other libraries have stable ABIs. Libraries are never unloaded. This program runs
/// as root, so it reads no environment variable to find them.
/// </summary>
internal static unsafe class NativeLibraries
{
    public const string Control = "xenctrl";
    public const string Call = "xencall";
    public const string ForeignMemory = "xenforeignmemory";
    public const string Store = "xenstore";

    /// <summary>The C library. Its file name is not the same with glibc and with musl.</summary>
    public const string C = "libc";

    private const int OldestMinor = 8;
    private const int NewestMinor = 24;

    private static readonly object s_lock = new();
    private static readonly Dictionary<string, (nint Handle, string File)> s_loaded = [];

    // The resolver is registered in the static constructor, because that runs only once. A second call of SetDllImportResolver for the same
    // assembly would throw.
    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>
    /// Gets a logger (<c>xentoollog_logger *</c>, three function pointers, <c>xentoollog.h</c>) that discards all messages. Without it, the
    /// Xen libraries write to standard error. It is never freed, because a library can log while its handle is being closed.
    /// </summary>
    public static nint SilentLogger { get; } = CreateSilentLogger();

    /// <summary>
    /// Loads a library if it is not loaded yet. The first use of this class also registers the resolver of library names.
    /// </summary>
    /// <returns>The file name of the library; null if none can be loaded.</returns>
    public static string? Load(string name)
    {
        lock (s_lock)
        {
            if (s_loaded.TryGetValue(name, out var known)) return known.File;
            foreach (var file in Candidates(name))
            {
                if (!NativeLibrary.TryLoad(file, out var handle)) continue;
                s_loaded[name] = (handle, file);
                return file;
            }
            return null;
        }
    }

    /// <summary>Loads a library and checks that it has the functions that will be called.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.XenLibraryNotFound"/>.</exception>
    public static void Require(string name, params ReadOnlySpan<string> functions)
    {
        if (Load(name) is not { } file)
            throw LibraryNotFound(
                $"No lib{name} is installed (tried {Candidates(name).First()} and others)");
        if (FirstMissing(name, functions) is { } function)
            throw LibraryNotFound($"{file} has no function {function}");
    }

    /// <summary>Determines whether an optional library is installed and has the functions that would be called.</summary>
    public static bool Has(string name, params ReadOnlySpan<string> functions) =>
        Load(name) is not null && FirstMissing(name, functions) is null;

    private static string? FirstMissing(string name, ReadOnlySpan<string> functions)
    {
        nint handle;
        lock (s_lock) handle = s_loaded[name].Handle;
        foreach (var function in functions)
        {
            if (!NativeLibrary.TryGetExport(handle, function, out _)) return function;
        }
        return null;
    }

    private static XenException LibraryNotFound(string problem) =>
        new(XenErrorId.XenLibraryNotFound, problem, "install Xen's tools of the running version, on Debian the package xen-utils");

    /// <summary>Returns the file names to try for a library, in order.</summary>
    public static IEnumerable<string> Candidates(string name) => name switch
    {
        Control => ControlCandidates(),
        Store => ["libxenstore.so.4", "libxenstore.so.3.0"],
        C => ["libc.so.6", "libc.so"],
        _ => [$"lib{name}.so.1"],
    };

    /// <summary>
    /// Gets the Xen version in the file name of the loaded libxenctrl; null if it contains none, or if the library is not installed.
    /// </summary>
    public static (int Major, int Minor)? ControlVersion()
    {
        var parts = Load(Control)?.Split('.');
        return parts is [_, _, var major, var minor]
            && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var second)
                ? (first, second)
                : null;
    }

    private static IEnumerable<string> ControlCandidates()
    {
        if (RunningVersion() is { } running) yield return $"libxenctrl.so.{running}";
        for (var minor = NewestMinor; minor >= OldestMinor; minor--)
            yield return string.Create(CultureInfo.InvariantCulture, $"libxenctrl.so.4.{minor}");
        yield return "libxenctrl.so";
    }

    // Returns the version of the running Xen, or null if it is not known. It is read from files of the kernel, because libxenctrl, which
    // could report it, is not loaded yet.
    private static string? RunningVersion()
    {
        try
        {
            return $"{File.ReadAllText("/sys/hypervisor/version/major").Trim()}.{File.ReadAllText("/sys/hypervisor/version/minor").Trim()}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name is not (Control or Call or ForeignMemory or Store or C)) return 0;
        Load(name);
        lock (s_lock)
        {
            return s_loaded.TryGetValue(name, out var found) ? found.Handle : 0;
        }
    }

    private static nint CreateSilentLogger()
    {
        var logger = (nint*)NativeMemory.Alloc(3, (nuint)sizeof(nint));
        // The last parameter of the first function is a va_list. On x86-64 and arm64 it is passed by pointer, so it is declared as a
        // pointer.
        logger[0] = (nint)(delegate* unmanaged[Cdecl]<nint, int, int, nint, nint, nint, void>)&VMessage;
        logger[1] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, int, nuint, nuint, void>)&Progress;
        logger[2] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Destroy;
        return (nint)logger;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void VMessage(nint logger, int level, int errno, nint context, nint format, nint arguments)
    {
        // Discards the library's error message. The caller of the library creates its own message from errno.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Progress(nint logger, nint context, nint doing, int percent, nuint done, nuint total)
    {
        // Discards progress messages. No call of this program takes long enough for them.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Destroy(nint logger)
    {
        // A logger must have this function, but nothing calls it: this logger is used until the process ends.
    }
}
