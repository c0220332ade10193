using System.Globalization;
using System.Text.Json;

namespace XenShared.Files;

/// <summary>
/// Caches the places that were located in guest memory, and the addresses of variables in the running kernel. They are kept in this
/// process, and in a folder that exists until the host restarts. The folder must belong to this user, and nobody else may write to it.
/// Without a usable cache, the memory is searched again.
/// </summary>
public sealed class GuestLocationCache
{
    /// <summary>The default folder. It is emptied when the control domain restarts, after which the cached data would be wrong.</summary>
    public const string StandardPath = "/run/xenshared";

    // The name of the environment variable with a folder to use instead of StandardPath. If the variable is set but empty, the places that
    // a search found are cached only in the memory of this process.
    private const string PathVariable = "XENSHARED_RUNTIME_DIRECTORY";

    // The maximum size of a cache file. A guest has only a few places, so a larger file is not from this program.
    private const int MaximumBytes = 1 << 20;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const string KernelFile = "kernel.json";

    private readonly string? _path;
    private readonly Dictionary<ushort, GuestLocation> _known = [];
    private readonly object _lock = new();
    private KernelSymbols? _kernel;

    /// <summary>Caches in a folder, or in this process only if the path is null.</summary>
    public GuestLocationCache(string? path) => _path = path;

    /// <summary>Gets the cache for the local host.</summary>
    public static GuestLocationCache Standard { get; } = new(Environment.GetEnvironmentVariable(PathVariable) switch
    {
        null => StandardPath,
        "" => null,
        { } path => path,
    });

    /// <summary>Returns the cached places of a domain; null if there are none, or if they belong to an earlier domain.</summary>
    public GuestLocation? Find(ushort domId, Guid? uuid, string? startTime)
    {
        lock (_lock)
        {
            var known = _known.GetValueOrDefault(domId) ?? Read(domId);
            return known is not null && known.DomId == domId && known.Uuid == uuid && known.StartTime == startTime ? known : null;
        }
    }

    /// <summary>Returns the cached kernel addresses; null if there are none, or if they are of an earlier boot.</summary>
    public KernelSymbols? FindKernel(Guid bootId)
    {
        lock (_lock)
        {
            _kernel ??= ReadKernel();
            return _kernel?.BootId == bootId ? _kernel : null;
        }
    }

    /// <summary>Replaces the cached kernel addresses.</summary>
    public void Remember(KernelSymbols symbols)
    {
        ArgumentNullException.ThrowIfNull(symbols);
        lock (_lock)
        {
            _kernel = symbols;
            Try(() =>
            {
                using var folder = Open(create: true);
                folder?.Write(KernelFile, JsonSerializer.SerializeToUtf8Bytes(symbols, KernelSymbolsJson.Default.KernelSymbols));
            });
        }
    }

    /// <summary>Replaces the cached places of a domain.</summary>
    public void Remember(GuestLocation location)
    {
        ArgumentNullException.ThrowIfNull(location);
        lock (_lock)
        {
            _known[location.DomId] = location;
            Try(() =>
            {
                using var folder = Open(create: true);
                folder?.Write(
                    NameOf(location.DomId),
                    JsonSerializer.SerializeToUtf8Bytes(location, GuestLocationJson.Default.GuestLocation));
            });
        }
    }

    /// <summary>Removes the cached places of a domain.</summary>
    public void Forget(ushort domId)
    {
        lock (_lock)
        {
            _known.Remove(domId);
            Try(() =>
            {
                using var folder = Open(create: false);
                folder?.Delete(NameOf(domId));
            });
        }
    }

    private GuestLocation? Read(ushort domId)
    {
        GuestLocation? location = null;
        Try(() =>
        {
            using var folder = Open(create: false);
            if (folder?.Read(NameOf(domId), MaximumBytes) is not { } bytes) return;
            location = JsonSerializer.Deserialize(bytes, GuestLocationJson.Default.GuestLocation);
            if (location?.IsWellFormed == false) location = null;
        });
        return location;
    }

    private KernelSymbols? ReadKernel()
    {
        KernelSymbols? symbols = null;
        Try(() =>
        {
            using var folder = Open(create: false);
            if (folder?.Read(KernelFile, MaximumBytes) is not { } bytes) return;
            symbols = JsonSerializer.Deserialize(bytes, KernelSymbolsJson.Default.KernelSymbols);
            if (symbols?.Addresses is null) symbols = null;
        });
        return symbols;
    }

    private static string NameOf(ushort domId) => string.Create(CultureInfo.InvariantCulture, $"domain-{domId}.json");

    private PrivateFolder? Open(bool create)
    {
        if (_path is null || OperatingSystem.IsWindows()) return null;
        if (create) Directory.CreateDirectory(_path, OwnerOnly);
        return PrivateFolder.TryOpen(_path, out var folder) ? folder : null;
    }

    // Runs an operation on the files of the cache, and ignores its errors, because a query also works without the cache.
    private static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            // The error is ignored. Without cached places, the query searches guest memory.
        }
    }
}
