using System.Globalization;
using System.Text.Json;

namespace XenShared.Files;

/// <summary>
/// Remembers where things were found in guests' memory: in this process, and in a folder that is gone with the host's next start. The
/// folder is its owner's alone; one that belongs to somebody else, or that others can write to, is not used. What cannot be read or written
/// is not remembered, and costs a search.
/// </summary>
public sealed class GuestLocationCache
{
    /// <summary>The directory for data that lives as long as the control domain runs.</summary>
    public const string StandardPath = "/run/xenshared";

    // Another folder, or, when it is empty, none: then finds are remembered in this process alone.
    private const string PathVariable = "XENSHARED_RUNTIME_DIRECTORY";

    // A guest has a handful of places. More is no file of ours.
    private const int MaximumBytes = 1 << 20;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string? _path;
    private readonly Dictionary<ushort, GuestLocation> _known = [];
    private readonly object _lock = new();

    /// <summary>Remembers in a folder, or in this process alone when the path is null.</summary>
    public GuestLocationCache(string? path) => _path = path;

    /// <summary>Gets the one that is used for the local host.</summary>
    public static GuestLocationCache Standard { get; } = new(Environment.GetEnvironmentVariable(PathVariable) switch
    {
        null => StandardPath,
        "" => null,
        { } path => path,
    });

    /// <summary>Returns what is known of a domain; null when nothing is, or it was another domain of that number.</summary>
    public GuestLocation? Find(ushort domId, Guid? uuid, string? startTime)
    {
        lock (_lock)
        {
            var known = _known.GetValueOrDefault(domId) ?? Read(domId);
            return known is not null && known.DomId == domId && known.Uuid == uuid && known.StartTime == startTime ? known : null;
        }
    }

    /// <summary>Remembers, in place of what was known before.</summary>
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

    /// <summary>Forgets a domain.</summary>
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

    private static string NameOf(ushort domId) => string.Create(CultureInfo.InvariantCulture, $"domain-{domId}.json");

    private PrivateFolder? Open(bool create)
    {
        if (_path is null || OperatingSystem.IsWindows()) return null;
        if (create) Directory.CreateDirectory(_path, OwnerOnly);
        return PrivateFolder.TryOpen(_path);
    }

    // Not being able to remember is no reason not to answer.
    private static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            // The next one searches again.
        }
    }
}
