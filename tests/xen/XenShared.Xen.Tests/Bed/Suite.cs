namespace XenShared.Xen.Tests.Bed;

/// <summary>Represents the Debian that is booted (variable SUITE), and the differences of its Xen.</summary>
/// <param name="Name">The name of the Debian release.</param>
/// <param name="XenVersion">Its Xen.</param>
/// <param name="PvhFrame">The frame at which its kernel maps the shared page in a PVH guest.</param>
/// <param name="HidesConsumedPorts">Whether Xen does not report ports that it consumes itself (4.15 to 4.18). Otherwise, it reports them
/// as unbound.</param>
/// <param name="HasHvm">Whether it has the device model that HVM guests need.</param>
internal sealed record Suite(string Name, string XenVersion, ulong PvhFrame, bool HidesConsumedPorts, bool HasHvm)
{
    private static readonly Suite[] s_all =
    [
        new("bullseye", "4.14", PvhFrame: 0x1, HidesConsumedPorts: false, HasHvm: false),
        new("bookworm", "4.17", PvhFrame: 0x10, HidesConsumedPorts: true, HasHvm: true),
        new("trixie", "4.20", PvhFrame: 0x10, HidesConsumedPorts: false, HasHvm: true),
    ];

    /// <summary>Gets the chosen one.</summary>
    public static Suite Current { get; } = Choose(Environment.GetEnvironmentVariable("SUITE") is { Length: > 0 } name ? name : "bookworm");

    private static Suite Choose(string name) =>
        Array.Find(s_all, suite => suite.Name == name)
        ?? throw new InvalidOperationException($"SUITE is '{name}'; set it to {string.Join(", ", s_all.Select(suite => suite.Name))}.");
}
