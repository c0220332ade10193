using System.Globalization;
using System.Reflection;

namespace XenShared.Tests.Surface;

/// <summary>
/// Lists the cmdlets: parameter sets, parameters and output types. Attributes are read as data, as <see cref="ModuleAssembly"/> requires.
/// </summary>
internal static class CmdletSurface
{
    private const string AllSets = "__AllParameterSets";

    public static IEnumerable<string> Lines() => ModuleAssembly.Loaded.GetExportedTypes()
        .Where(type => Attributes(type, "CmdletAttribute").Any())
        .OrderBy(Name, StringComparer.Ordinal)
        .SelectMany(Cmdlet);

    private static IEnumerable<string> Cmdlet(Type type)
    {
        var (name, cmdlet) = (Name(type), Attributes(type, "CmdletAttribute").Single());
        var settings = cmdlet.NamedArguments.OrderBy(argument => argument.MemberName, StringComparer.Ordinal).Select(Setting);
        yield return $"cmdlet {name}{string.Concat(settings)}";
        foreach (var alias in Values(Attributes(type, "AliasAttribute")).Order(StringComparer.Ordinal))
            yield return $"cmdlet {name} alias {alias}";
        foreach (var output in Values(Attributes(type, "OutputTypeAttribute")))
            yield return $"cmdlet {name} output {output}";
        var parameters = type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .SelectMany(property => Attributes(property, "ParameterAttribute").Select(attribute => Parameter(property, attribute)));
        foreach (var parameter in parameters.Order(StringComparer.Ordinal)) yield return $"cmdlet {name} {parameter}";
    }

    private static string Parameter(PropertyInfo property, CustomAttributeData attribute)
    {
        var set = attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == "ParameterSetName").TypedValue.Value as string;
        var settings = attribute.NamedArguments.Where(argument => argument.MemberName is not ("ParameterSetName" or "HelpMessage"))
            .OrderBy(argument => argument.MemberName, StringComparer.Ordinal).Select(Setting);
        var aliases = Values(Attributes(property, "AliasAttribute")).Order(StringComparer.Ordinal).Select(alias => $" Alias={alias}");
        var wildcards = Attributes(property, "SupportsWildcardsAttribute").Any() ? " SupportsWildcards" : "";
        return $"set {set ?? AllSets} -{property.Name} "
            + $"<{PublicSurface.NameOf(property.PropertyType)}>{string.Concat(settings)}{string.Concat(aliases)}{wildcards}";
    }

    private static string Name(Type type)
    {
        var arguments = Attributes(type, "CmdletAttribute").Single().ConstructorArguments;
        return $"{arguments[0].Value}-{arguments[1].Value}";
    }

    private static string Setting(CustomAttributeNamedArgument argument) =>
        argument.TypedValue.Value is true
            ? $" {argument.MemberName}"
            : string.Create(CultureInfo.InvariantCulture, $" {argument.MemberName}={Value(argument.TypedValue)}");

    private static object? Value(CustomAttributeTypedArgument argument) =>
        argument.ArgumentType.IsEnum ? Enum.ToObject(argument.ArgumentType, argument.Value!) : argument.Value;

    // The constructor takes one array.
    private static IEnumerable<string> Values(IEnumerable<CustomAttributeData> attributes) => attributes
        .SelectMany(attribute => attribute.ConstructorArguments)
        .SelectMany(argument => argument.Value is IReadOnlyCollection<CustomAttributeTypedArgument> array ? array : [argument])
        .Select(argument => argument.Value is Type type ? PublicSurface.NameOf(type) : $"{argument.Value}");

    private static IEnumerable<CustomAttributeData> Attributes(MemberInfo member, string name) =>
        member.GetCustomAttributesData().Where(attribute => attribute.AttributeType.Name == name);
}
