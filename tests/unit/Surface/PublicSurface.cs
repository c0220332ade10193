namespace XenShared.Tests.Surface;

/// <summary>Lists what users type, script against or parse: one item a line, in an order that does not depend on the machine.</summary>
internal static class PublicSurface
{
    public static IEnumerable<string> Lines() =>
    [
        .. CmdletSurface.Lines(),
        .. Sorted(ModelSurface.Lines()),
        .. Sorted(ErrorSurface.Lines()),
        .. Sorted(CommandSurface.Lines()),
        .. Sorted(JsonSurface.Lines()),
    ];

    /// <summary>Names a type as C# does, without the namespaces that are evident.</summary>
    public static string NameOf(Type type)
    {
        if (type.IsArray) return $"{NameOf(type.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(type) is { } value) return $"{NameOf(value)}?";
        if (!type.IsGenericType) return type.Namespace is "System" or "XenShared" ? type.Name : $"{type.Namespace}.{type.Name}";
        var name = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }

    private static IOrderedEnumerable<string> Sorted(IEnumerable<string> lines) =>
        lines.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
}
