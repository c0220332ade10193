using System.Reflection;

namespace XenShared.Native.Tests.Product;

/// <summary>The functions of Xen's libraries that the library binds, found by reflection: they keep their names from C.</summary>
internal static class NativeFunctions
{
    /// <summary>Points inside the libraries and in Xen that can fail apart from the function through which they are reached.</summary>
    public static IReadOnlyList<string> Inner { get; } = ["map_frame", "multicall", "evtchn_status", "evtchn_send"];

    /// <summary>Their binding methods.</summary>
    public static IReadOnlyList<MethodInfo> Methods { get; } =
    [
        .. typeof(XenControl)
            .Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(XenControl).Namespace)
            .SelectMany(type =>
                type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(method => method.Name.StartsWith('x')),
    ];

    /// <summary>All points at which a call can be made to fail.</summary>
    public static IReadOnlyList<string> Points { get; } = [.. Methods.Select(method => method.Name).Concat(Inner)];
}
