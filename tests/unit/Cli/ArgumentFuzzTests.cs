using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using XenShared.Cli;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>
/// Runs every command with random and adversarial arguments. Checks that each run ends with a documented status and one-line messages, and
/// never with an exception.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ArgumentFuzzTests : IDisposable
{
    private const int Usage = 2;
    private const int LastDocumented = 6;
    private const int HungUp = 129;

    // Values that no option accepts, or that only some accept.
    private static readonly string[] s_adversarial =
    [
        "",
        " ",
        "-",
        "--",
        "x",
        "7",
        "-1",
        "0",
        "99",
        "65535",
        "65536",
        "4294967295",
        "4294967296",
        "99999999999999999999999",
        "NaN",
        "Infinity",
        "-Infinity",
        "\u221e",
        "1e999",
        "-0",
        "1e-400",
        "0x",
        "0xg",
        "0x1ffffffffffffffff",
        "1,5",
        "+1",
        "\u0663",
        "true",
        "maybe",
        "Auto",
        "auto,7",
        "Pages,,",
        "simulated",
        "2600-01-01",
        "0001-01-01",
        "*",
        "?",
        "[",
        "@x",
        "[diagram]",
        "[suggest:9]",
        "=",
        "a=b",
        "\u001b[31m",
        "\u202e",
        "\t",
        "/",
        "..",
        new string('9', 400),
        new string('x', 5000),
    ];

    private static readonly string[] s_names = [.. Program.CreateRootCommand().Subcommands.Select(command => command.Name)];

    // The duration of a run depends on these options, so accepted values are small.
    private static readonly Dictionary<string, string> s_times = new(StringComparer.Ordinal)
    {
        ["--sample"] = "0",
        ["--samples"] = "1",
        ["--interval"] = "1",
        ["--count"] = "2",
        ["--duration"] = "0.01",
        ["--patience"] = "0",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string _capture;

    public ArgumentFuzzTests() => _capture = _folder.RealCapture();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryRunInThisProcessEndsAsDocumented()
    {
        var random = new Random(16);
        var (refused, run) = (0, 0);
        for (var turn = 0; turn < 4000; turn++)
        {
            var arguments = Arguments(random);
            var shown = Shown(arguments);
            var parsed = Parse(arguments, shown);
            if (parsed.Errors.Count > 0)
            {
                refused++;
                Assert.All(parsed.Errors, error => Assert.True(error.Message.Length > 0, shown));
                continue;
            }
            if (!MayRun(parsed)) continue;
            run++;
            AssertDocumented(RunHere(arguments), shown);
        }

        // A generator whose arguments are all refused, or all accepted, tests little.
        Assert.InRange(refused, 1000, 3500);
        Assert.InRange(run, 200, 3000);
    }

    [Fact]
    public void EveryRunOfTheProgramEndsAsDocumented()
    {
        var random = new Random(61);
        for (var turn = 0; turn < 80; turn++)
        {
            var arguments = Arguments(random);
            var parsed = Parse(arguments, Shown(arguments));
            if (parsed.Errors.Count > 0 || MayRun(parsed)) AssertDocumented(CliProgram.Run(arguments), Shown(arguments));
        }
    }

    [Fact]
    public void EveryOptionOfEveryCommandRefusesWhatItDoesNotTake()
    {
        foreach (var command in Program.CreateRootCommand().Subcommands)
        {
            foreach (var option in command.Options)
            {
                foreach (var value in s_adversarial)
                {
                    var type = TypeOf(option);
                    // Every option of a type refuses these: numbers of an enumeration, what is not finite, and the empty text.
                    var isRefused =
                        type.IsEnum && int.TryParse(value, out _)
                        || type == typeof(string) && value.Length == 0
                        || type == typeof(double)
                            && double.TryParse(value, CultureInfo.InvariantCulture, out var number)
                            && !double.IsFinite(number);
                    var errors = Among(command.Name)
                        .Select(others => Errors([command.Name, .. others, $"{option.Name}={value}"]))
                        .ToArray();
                    if (!isRefused)
                        continue;
                    Assert.All(errors, Assert.NotEmpty);
                    Assert.Contains(errors, all =>
                        all.Contains($"{option.Name} takes", StringComparison.Ordinal)
                        || all.Contains($"'{option.Name}'", StringComparison.Ordinal));
                }
            }
        }
    }

    // What may stand beside an option, where a command refuses it alone.
    private static string[][] Among(string command) =>
        command != "poke"
            ?
            [
                [],
            ]
            :
            [
                ["-d", "1", "-p", "1", "--repair"],
                ["-d", "1", "--vcpu", "0"],
                ["-d", "1", "--field", "x"],
                ["-d", "1", "--value", "1"],
                ["-d", "1"],
                [],
            ];

    private static string Errors(string[] arguments) =>
        string.Join(' ', Parse(arguments, Shown(arguments)).Errors.Select(error => error.Message));

    private static Type TypeOf(Option option) =>
        Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType.GetElementType() ?? option.ValueType;

    private static string Shown(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(argument => argument.Length > 80 ? argument[..80] : argument));

    private static ParseResult Parse(string[] arguments, string shown)
    {
        try
        {
            return Program.Parse(arguments);
        }
        catch (Exception error)
        {
            Assert.Fail($"{shown}: {error}");
            throw;
        }
    }

    private static void AssertDocumented(CliResult run, string shown)
    {
        // With --wire, the end of standard input is the end of the other side.
        var isHungUp = run.Status == HungUp && shown.Contains("--wire", StringComparison.Ordinal);
        Assert.True(isHungUp || run.Status is >= 0 and <= LastDocumented, $"{shown}: status {run.Status}, {run.Error}");
        HostileText.AssertClean(run.Error, shown);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        if (run.Status != Usage) return;
        Assert.Equal("", run.Output);
        Assert.Matches(@"\A(xenshared: [^\n]+\n)+Try 'xenshared --help'\.\n\z", run.Error.ReplaceLineEndings("\n"));
    }

    private static CliResult RunHere(string[] arguments)
    {
        var (output, error, input) = (Console.Out, Console.Error, Console.In);
        using var printed = new StringWriter();
        using var writer = new StringWriter();
        Console.SetOut(printed);
        Console.SetError(writer);
        Console.SetIn(TextReader.Null);
        try
        {
            return new CliResult(Program.Invoke(arguments), System.Text.Encoding.UTF8.GetBytes(printed.ToString()), writer.ToString());
        }
        catch (Exception unexpected)
        {
            return new CliResult(7, [], unexpected.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Console.SetIn(input);
        }
    }

    private string[] Arguments(Random random)
    {
        var name = Pick(random, s_names);
        var command = Program.CreateRootCommand().Subcommands.Single(one => one.Name == name);
        var arguments = new List<string> { command.Name };
        foreach (var argument in command.Arguments)
            if (random.Next(10) > 0) arguments.Add(random.Next(8) == 0 ? Pick(random, s_adversarial) : _folder[$"out{random.Next(3)}"]);
        foreach (var option in command.Options.Where(option => option.Name is not ("--help" or "--version")))
        {
            // Without these options, a run may take long, or print a file to the terminal of the tests.
            var isNeeded = s_times.ContainsKey(option.Name) && option.Name != "--patience" || option.Name is "--target" or "--output";
            if (!isNeeded && random.Next(option.Required || option.Name is "--domid" or "--port" ? 2 : 6) > 0) continue;
            arguments.Add(random.Next(5) == 0 ? option.Aliases.FirstOrDefault() ?? option.Name : option.Name);
            if (option.ValueType == typeof(bool)) continue;
            var value = random.Next(12) == 0 ? Pick(random, s_adversarial) : Good(random, option);
            if (random.Next(3) == 0) arguments[^1] += $"={value}";
            else arguments.Add(value);
        }
        if (random.Next(12) == 0) arguments.Insert(random.Next(arguments.Count), Pick(random, s_adversarial));
        if (random.Next(40) == 0) arguments.RemoveAt(random.Next(arguments.Count));
        return [.. arguments];
    }

    private string Good(Random random, Option option)
    {
        if (s_times.TryGetValue(option.Name, out var time)) return time;
        var type = TypeOf(option);
        if (type.IsEnum) return Pick(random, Enum.GetNames(type));
        if (type == typeof(bool)) return Pick(random, ["true", "false"]);
        if (type == typeof(DateTimeOffset)) return "2026-01-02T03:04:05Z";
        return option.Name switch
        {
            "--target" => Pick(
                random,
                ["simulated:3", "simulated:5:2", _capture, _folder["none"], _folder.Root, "simulated:x", "ssh://far:x"]
            ),
            "--output" or "--log" => _folder[$"out{random.Next(3)}"],
            "--reference" or "--undo" or "--request" => Pick(random, [_capture, _folder["none"], _folder.Root]),
            "--field" => Pick(random, ["arch.max_pfn", "wc_version", "nothing"]),
            "--value" or "--selector" => Pick(random, ["1", "0x10"]),
            "--rule" => Pick(random, ["*", "StuckMasked"]),
            "--name" => Pick(random, ["*", "sim*", "nobody"]),
            _ => random.Next(5).ToString(CultureInfo.InvariantCulture),
        };
    }

    // Whether nothing is written beside the temporary folder, no other host is reached, and it takes no long time.
    private bool MayRun(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Name == "demo"
            || parsed.Action is not null && parsed.Action.GetType().Assembly == typeof(Command).Assembly && command.Action != parsed.Action)
            return false;
        foreach (var result in parsed.CommandResult.Children)
        {
            var name = result switch
            {
                OptionResult option => option.Option.Name,
                ArgumentResult argument => argument.Argument.Name,
                _ => "",
            };
            if (name is "FILE" or "--output" or "--log" && !result.Tokens.All(token => IsInFolder(token.Value)))
                return false;
            // The standard input of the tests' own process never ends.
            if (name == "--target"
                && result.Tokens.Any(token => token.Value == "-" || token.Value.StartsWith("ssh:", StringComparison.Ordinal)))
                return false;
            if (s_times.TryGetValue(name, out var small) && !result.Tokens.All(token => token.Value == small))
                return false;
        }
        return command.Options.All(option =>
            option.Name is not ("--output" or "--sample" or "--samples" or "--interval" or "--count")
            || parsed.GetResult(option) is { Implicit: false });
    }

    private bool IsInFolder(string path) => Path.GetFullPath(path) is var full && Path.GetDirectoryName(full) == _folder.Root;

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
