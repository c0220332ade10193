using System.CommandLine;
using XenShared.Cli;

namespace XenShared.Tests.Surface;

/// <summary>Lists the commands, arguments and options of <c>xenshared</c>.</summary>
internal static class CommandSurface
{
    public static IEnumerable<string> Lines() => Command(Program.CreateRootCommand(), "xenshared");

    private static IEnumerable<string> Command(Command command, string name)
    {
        yield return $"command {name}{Aliases(command.Aliases)}";
        foreach (var argument in command.Arguments)
            yield return $"command {name} <{argument.Name}> : {PublicSurface.NameOf(argument.ValueType)} "
                + $"{Arity(argument.Arity)}{Hidden(argument)}";
        foreach (var option in command.Options)
        {
            var required = option.Required ? " required" : "";
            yield return $"command {name} {option.Name} : {PublicSurface.NameOf(option.ValueType)} "
                + $"{Arity(option.Arity)}{required}{Aliases(option.Aliases)}{Hidden(option)}";
        }
        foreach (var line in command.Subcommands.SelectMany(inner => Command(inner, $"{name} {inner.Name}"))) yield return line;
    }

    private static string Arity(ArgumentArity arity) => arity.MinimumNumberOfValues == arity.MaximumNumberOfValues
        ? $"{arity.MinimumNumberOfValues}"
        : $"{arity.MinimumNumberOfValues}..{(arity.MaximumNumberOfValues > 1000 ? "*" : arity.MaximumNumberOfValues)}";

    private static string Aliases(ICollection<string> aliases) =>
        string.Concat(aliases.Order(StringComparer.Ordinal).Select(alias => $" alias={alias}"));

    private static string Hidden(Symbol symbol) => symbol.Hidden ? " hidden" : "";
}
