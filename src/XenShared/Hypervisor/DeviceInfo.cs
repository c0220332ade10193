namespace XenShared.Hypervisor;

/// <summary>
/// Represents the xenstore nodes about the frontend and the backend of a device (<c>docs/misc/xenstore-paths.pandoc</c>). The domains of
/// these two ends write the nodes, so the values are checked before they are used.
/// </summary>
public sealed record DeviceInfo
{
    /// <summary>
    /// The maximum number of devices that are read for a domain. It is sufficient, because xenstored usually limits a guest to about a
    /// thousand nodes.
    /// </summary>
    public const int MaximumDevices = 1024;

    /// <summary>
    /// The maximum number of nodes that are read for a frontend or a backend. A network interface with 64 queues has 258.
    /// </summary>
    public const int MaximumNodes = 512;

    /// <summary>The maximum number of characters in a kind, in the number of a device, or in the name of a node.</summary>
    public const int MaximumName = 64;

    /// <summary>
    /// The maximum length of the path of a node below the directory of its frontend or backend: two directories and the node.
    /// </summary>
    public const int MaximumPath = 3 * MaximumName + 2;

    /// <summary>The maximum length of a value. The values that are read are numbers and words.</summary>
    public const int MaximumValue = 64;

    /// <summary>The maximum length of an error message.</summary>
    public const int MaximumError = 512;

    /// <summary>Gets the kind of the device as the frontend names it, such as <c>vif</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Gets the number of the device, which is the name of its xenstore directory, such as <c>0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// Gets the values of the frontend's nodes. The key is the path of the node below the directory of the frontend, in ascending order.
    /// </summary>
    public IReadOnlyDictionary<string, string> Frontend { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the domain of the backend; null if it is not known.</summary>
    public ushort? BackendDomId { get; init; }

    /// <summary>Gets the kind of the device as the backend names it; null if the backend is not known.</summary>
    public string? BackendKind { get; init; }

    /// <summary>Gets the values of the backend's nodes by their names; empty if the backend is not known.</summary>
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
