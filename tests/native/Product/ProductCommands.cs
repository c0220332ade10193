using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Product;

/// <summary>Lists every command of the command line, with options that make it end without waiting.</summary>
internal static class ProductCommands
{
    /// <summary>Represents a file in a folder of the test.</summary>
    public const string File = "{file}";

    /// <summary>Represents a file with pokes that can be undone.</summary>
    public const string Pokes = "{pokes}";

    /// <summary>Gets the commands that read.</summary>
    public static IReadOnlyDictionary<string, string[]> Reading { get; } =
        new Dictionary<string, string[]>
        {
            ["domains"] = ["domains", "--json"],
            ["info"] = ["info", "--json", "--sample", "0"],
            ["vcpus"] = ["vcpus", "--json", "--sample", "0"],
            ["clocks"] = ["clocks", "--json", "--sample", "0"],
            ["channels"] = ["channels", "--json"],
            ["channels SharedPage"] = ["channels", "--json", "-s", "SharedPage"],
            ["channels GuestMemory"] = ["channels", "--json", "-s", "GuestMemory", "--force"],
            ["channels Hypervisor"] = ["channels", "--json", "-s", "Hypervisor"],
            ["capture"] =
            [
                "capture",
                File,
                "--force",
                "--sample",
                "0",
                "--force-search",
                "--only",
                "Pages,Ports,Devices,EventArrays,VcpuRecords,DebugKey,P2m",
            ],
            ["devices"] = ["devices", "--json"],
            ["path"] = ["path", "--json", "-p", "1", "--interval", "0"],
            ["faults"] = ["faults", "--json", "--samples", "1"],
            ["faults without pauses"] = ["faults", "--json", "--samples", "1", "--no-pause"],
            ["faults asking Xen"] = ["faults", "--json", "--samples", "2", "--interval", "0", "--ask-xen"],
            ["report"] = ["report", File, "--force", "--sample", "0"],
            ["metrics"] = ["metrics", "-o", File, "--sample", "0"],
            ["watch"] = ["watch", "--json", "--count", "2", "--interval", "1"],
        };

    /// <summary>Gets the commands that write.</summary>
    public static IReadOnlyDictionary<string, string[]> Writing { get; } = new Dictionary<string, string[]>
    {
        ["send"] = ["send", "-d", Text(StandardHost.Pv), "-p", "1", "--yes", "--json"],
        ["poke masked"] = Poke("--port", "1", "--masked", "true"),
        ["poke pending"] = Poke("--port", "1", "--pending", "true", "--force"),
        ["poke vcpu"] = Poke("--vcpu", "0", "--selector", "3", "--upcall-pending", "true", "--upcall-mask", "true", "--force"),
        ["poke field"] = Poke("--field", "arch.nmi_reason", "--value", "1"),
        ["poke wall clock"] = Poke("--wall-clock", "2026-11-02T08:00:00Z"),
        ["repair"] = Poke("--port", "1", "--repair", "--unmask", "--patience", "0"),
        ["undo"] = ["poke", "--undo", Pokes, "--yes", "--json"],
    };

    /// <summary>Gets all commands.</summary>
    public static IReadOnlyDictionary<string, string[]> All { get; } = new Dictionary<string, string[]>(Reading.Concat(Writing));

    /// <summary>Determines whether a command prints a line for each domain, and not only for faults or changes.</summary>
    public static bool ListsDomains(string name) => All[name] is ["domains" or "info" or "vcpus" or "clocks" or "channels", ..];

    /// <summary>Returns the arguments of a command.</summary>
    public static string[] Arguments(string name, string file, string pokes) => Array.ConvertAll(All[name], argument => argument switch
    {
        File => file,
        Pokes => pokes,
        _ => argument,
    });

    private static string Text(ushort domId) => domId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string[] Poke(params string[] what) => ["poke", "-d", Text(ProductHost.Poked), .. what, "--yes", "--json"];
}
