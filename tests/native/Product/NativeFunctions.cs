using System.Reflection;

namespace XenShared.Native.Tests.Product;

/// <summary>
/// Lists the functions of Xen's libraries that the library binds. They are found by reflection, because they have their C names.
/// </summary>
internal static class NativeFunctions
{
    /// <summary>Gets the points inside the libraries and in Xen that can fail independently of the function that reaches them.</summary>
    public static IReadOnlyList<string> Inner { get; } = ["map_frame", "multicall", "evtchn_status", "evtchn_send"];

    /// <summary>Gets the methods that bind them.</summary>
    public static IReadOnlyList<MethodInfo> Methods { get; } =
    [
        .. typeof(XenControl)
            .Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(XenControl).Namespace)
            .SelectMany(type =>
                type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(method => method.Name.StartsWith('x')),
    ];

    /// <summary>Gets all points at which a call can be made to fail.</summary>
    public static IReadOnlyList<string> Points { get; } = [.. Methods.Select(method => method.Name).Concat(Inner)];
}
