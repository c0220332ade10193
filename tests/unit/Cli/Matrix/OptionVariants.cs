using System.CommandLine;

namespace XenShared.Tests.Cli.Matrix;

/// <summary>
/// Lists the ways to give an option. Switches and enumerations come from the option's type; other options must be listed here, so that a
/// new one is not forgotten.
/// </summary>
internal static class OptionVariants
{
    // What the matrix sets itself, or what is not an option of reading.
    private static readonly string[] s_left = ["--target", "--json", "--wire"];

    /// <summary>Creates all variants of all options of a command, each a list of arguments. The first variant has none.</summary>
    public static IEnumerable<string[]> Create(Command command, MatrixFile file, string output)
    {
        yield return [];
        foreach (var option in command.Options.Where(option => Array.IndexOf(s_left, option.Name) < 0))
        {
            foreach (var values in Values(command, option, file, output)) yield return [option.Name, .. values];
        }
    }

    private static IEnumerable<string[]> Values(Command command, Option option, MatrixFile file, string output)
    {
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType.GetElementType() ?? option.ValueType;
        if (option.ValueType == typeof(bool)) return [[]];
        if (type == typeof(bool)) return [["true"], ["false"]];
        if (type.IsEnum) return Enum.GetNames(type).Select(name => new[] { name });
        return (command.Name, option.Name) switch
        {
            (_, "--domid") =>
            [
                [$"{file.DomId}"],
                ["999"],
                ["65535"],
                ["-1"],
            ],
            (_, "--name") =>
            [
                ["*"],
                ["no-such-guest"],
                [file.DomainName ?? "no-such-guest"],
            ],
            (_, "--port") =>
            [
                ["1"],
                ["999999"],
            ],
            (_, "--kind") =>
            [
                ["vif"],
                ["no-such-kind"],
            ],
            (_, "--vcpu") =>
            [
                ["0"],
                ["77"],
            ],
            (_, "--sample") =>
            [
                ["0"],
                ["0.05"],
                ["3"],
            ],
            ("faults", "--rule") =>
            [
                ["LostWakeup"],
                ["*"],
                ["nothing"],
            ],
            ("faults", "--reference") =>
            [
                [file.Path],
                [MatrixFiles.Data("bookworm-quick.xencap")],
                [MatrixFiles.Data("no-such-file")],
            ],
            ("faults", "--samples") =>
            [
                ["1"],
                ["2"],
            ],
            ("faults" or "path", "--interval") =>
            [
                ["0"],
            ],
            ("watch", "--interval") =>
            [
                ["1"],
            ],
            ("watch", "--count") =>
            [
                ["1"],
            ],
            ("watch", "--duration") =>
            [
                ["0.01"],
            ],
            ("metrics", "--clocks") =>
            [
                ["0.05"],
            ],
            ("metrics", "--output") =>
            [
                [output],
            ],
            ("poke", "--undo" or "--request") =>
            [
                [file.Path],
                ["-"],
            ],
            ("poke", "--field") =>
            [
                ["wc_sec"],
                ["no_such_field"],
            ],
            ("poke", "--value" or "--selector") =>
            [
                ["0x10"],
            ],
            ("poke", "--patience") =>
            [
                ["0"],
            ],
            ("poke", "--wall-clock") =>
            [
                ["2026-01-01T00:00:00Z"],
            ],
            ("poke" or "send", "--log") =>
            [
                [output],
            ],
            ("capture", "--first-p2m-page" or "--p2m-pages") =>
            [
                ["1"],
            ],
            (_, "--dump") =>
            [
                ["1"],
            ],
            _ => throw new InvalidOperationException(
                $"The matrix has no value for {option.Name} of '{command.Name}' ({option.ValueType}); give it one."),
        };
    }
}
