namespace XenShared.Hypervisor;

/// <summary>
/// Represents the xenstore nodes about the two ends of a device (<c>docs/misc/xenstore-paths.pandoc</c>). The domains of the two ends write
/// them, so the values are checked before they are used.
/// </summary>
public sealed record DeviceInfo
{
    /// <summary>The maximum number of devices of a domain. xenstored limits a guest to about a thousand nodes.</summary>
    public const int MaximumDevices = 1024;

    /// <summary>The maximum number of nodes of one end. A network interface of 64 queues has 258.</summary>
    public const int MaximumNodes = 512;

    /// <summary>The maximum length of a kind, a number, or a name of a node.</summary>
    public const int MaximumName = 64;

    /// <summary>The maximum length of a path below the directory of an end: two directories and a node.</summary>
    public const int MaximumPath = 3 * MaximumName + 2;

    /// <summary>The maximum length of a value. The values that are read are numbers and words.</summary>
    public const int MaximumValue = 64;

    /// <summary>The maximum length of an error message.</summary>
    public const int MaximumError = 512;

    /// <summary>Gets the kind of the frontend.</summary>
    public required string Kind { get; init; }

    /// <summary>Gets its number.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the nodes of the frontend, by their path below its directory, in the order of their paths.</summary>
    public IReadOnlyDictionary<string, string> Frontend { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the domain of the backend; null if it is not known.</summary>
    public ushort? BackendDomId { get; init; }

    /// <summary>Gets the kind of the backend; null if it is not known.</summary>
    public string? BackendKind { get; init; }

    /// <summary>Gets the nodes of the backend.</summary>
    public IReadOnlyDictionary<string, string> Backend { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the error of the hotplug script; null if there is none.</summary>
    public string? HotplugError { get; init; }

    /// <summary>Gets the error that the driver of the backend reported; null if there is none.</summary>
    public string? BackendError { get; init; }

    /// <summary>Gets the error that the driver of the frontend reported; null if there is none.</summary>
    public string? FrontendError { get; init; }

    /// <summary>Determines whether a text can be a name in xenstore: its characters are valid, and it is not too long.</summary>
    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaximumName } && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '@');
}
