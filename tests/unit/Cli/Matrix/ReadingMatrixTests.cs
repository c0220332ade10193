using System.CommandLine;
using System.Text.Json;
using XenShared.Cli.Execution;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli.Matrix;

/// <summary>
/// Runs every command with every option on every kind of file. Checks that the result is correct or a documented error, and that an unknown
/// value is never printed as a known one.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ReadingMatrixTests(MatrixFiles files) : IClassFixture<MatrixFiles>
{
    private static readonly Command[] s_commands =
    [
        .. CommandRun.Commands.Where(command => command.Options.Any(option => option.Name == "--target")),
    ];

    // The options that print objects, so that two outputs can be compared.
    private static readonly string[] s_questions = ["domains", "info", "vcpus", "clocks", "channels", "devices"];

    // What each kind of file does not carry (docs/file-formats.md), by the command that would show it.
    private static readonly Dictionary<(MatrixKind Kind, string Command), string[]> s_unknown = new()
    {
        [(MatrixKind.CoreDump, "domains")] = ["Name", "Uuid", "State", "CpuTime"],
        [(MatrixKind.CoreDump, "info")] = ["TakenAt"],
        [(MatrixKind.CoreDump, "vcpus")] = ["IsLive", "TakenAt"],
        [(MatrixKind.CoreDump, "channels")] = ["State", "Vcpu", "IsLive", "RemoteDomId", "RemotePort", "Virq", "Pirq", "Device", "TakenAt"],
        [(MatrixKind.SavedGuest, "domains")] = ["State", "CpuTime"],
        [(MatrixKind.SavedGuest, "info")] = ["TakenAt"],
        [(MatrixKind.SavedGuest, "vcpus")] = ["IsLive", "TakenAt"],
        [(MatrixKind.SavedGuest, "channels")] = ["State", "Vcpu", "IsLive", "RemoteDomId", "RemotePort", "Virq", "Pirq", "TakenAt"],
        [(MatrixKind.Page, "domains")] = ["Name", "Uuid", "Type", "State", "SharedInfoFrame", "CpuTime", "MemoryBytes"],
        [(MatrixKind.Page, "info")] = ["Frame", "TakenAt"],
        [(MatrixKind.Page, "vcpus")] = ["IsLive", "TakenAt"],
        [(MatrixKind.Page, "channels")] = ["State", "Vcpu", "IsLive", "RemoteDomId", "RemotePort", "Virq", "Pirq", "Device", "TakenAt"],
        [(MatrixKind.ConsoleLog, "domains")] = ["Uuid", "Type", "State", "VcpuCount", "SharedInfoFrame", "CpuTime", "MemoryBytes"],
    };

    private static readonly (string Metric, string Property)[] s_metrics =
    [
        ("xenshared_domain_state", "State"),
        ("xenshared_domain_vcpus", "VcpuCount"),
        ("xenshared_domain_memory_bytes", "MemoryBytes"),
        ("xenshared_domain_processor_seconds", "CpuTime"),
    ];

    public static TheoryData<string, string> Cells =>
        new(s_commands.SelectMany(command => MatrixFiles.Names.Select(file => (command.Name, file))));

    public static TheoryData<string, string> Captures =>
        new(from command in s_questions from file in MatrixFiles.Readable select (command, file));

    [Fact]
    public void TheMatrixHasAllCommandsAndFiles()
    {
        Assert.Equal(MatrixFiles.Names.Order(StringComparer.Ordinal), files.All.Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.Superset(
            new HashSet<string>
            {
                "domains",
                "info",
                "vcpus",
                "clocks",
                "channels",
                "devices",
                "capture",
                "report",
                "metrics",
                "faults",
                "watch",
                "send",
                "poke",
            },
            s_commands.Select(command => command.Name).ToHashSet());
    }

    [Theory, MemberData(nameof(Cells))]
    public void EveryOptionIsAcceptedOrRejected(string name, string fileName)
    {
        var (command, file) = (CommandNamed(name), files[fileName]);
        var answered = 0;
        foreach (var variant in OptionVariants.Create(command, file, files.NewPath()))
        {
            var result = Run(command, file, variant, isJson: false);
            if (result.Status == ExitStatus.Done) answered++;
            // --format replaces --json, and a command line with both is a usage error.
            if (variant is ["--format", ..] || command.Options.All(option => option.Name != "--json")) continue;
            var json = Run(command, file, variant, isJson: true);
            Assert.Equal((Text(name, variant), result.Status), (Text(name, variant), json.Status));
            foreach (var line in json.Lines) CheckObject(name, file, JsonDocument.Parse(line).RootElement);
        }
        // A file that cannot be written to, and one that nothing happens in, answer nothing; the others do.
        if (!file.IsReadable || name is "poke" or "send" or "watch") Assert.Equal(0, answered);
    }

    [Theory, MemberData(nameof(Captures))]
    public void ACaptureOfAFileGivesTheResultsOfTheFile(string name, string fileName)
    {
        var command = CommandNamed(name);
        var before = Run(command, files[fileName], [], isJson: true);
        var after = Run(command, files[MatrixFiles.CaptureOf(fileName)], [], isJson: true);

        Assert.Equal(before.Status, after.Status);
        Assert.Equal(before.Lines, after.Lines);
    }

    [Fact]
    public void MetricsHaveNoSampleOfWhatIsNotKnown()
    {
        foreach (var file in files.All.Where(file => file.IsReadable))
        {
            var domains = Run(CommandNamed("domains"), file, [], isJson: true)
                .Lines.Select(line => JsonDocument.Parse(line).RootElement)
                .ToArray();
            var path = files.NewPath();
            Run(CommandNamed("metrics"), file, ["--output", path], isJson: false);
            var metrics = File.Exists(path) ? File.ReadAllLines(path) : [];
            foreach (var (metric, property) in s_metrics)
            {
                var known = domains.Count(domain => domain.GetProperty(property).ValueKind != JsonValueKind.Null);
                Assert.Equal(
                    (file.Name, metric, known),
                    (file.Name, metric, metrics.Count(line => line.StartsWith(metric + "{", StringComparison.Ordinal))));
            }
        }
    }

    [Fact]
    public void WhatCannotBeReadHasADocumentedError()
    {
        foreach (var file in files.All.Where(file => !file.IsReadable))
        {
            var error = Record.Exception(() => TargetFile.Open(file.Path).Dispose());
            Assert.True(
                error
                    is XenException { Id: XenErrorId.FileDamaged or XenErrorId.FileNotRecognised }
                        or FileNotFoundException
                        or UnauthorizedAccessException,
                $"{file.Name}: {error}");
        }
    }

    private static Command CommandNamed(string name) => s_commands.Single(command => command.Name == name);

    private CliResult Run(Command command, MatrixFile file, string[] variant, bool isJson)
    {
        var output = files.NewPath();
        string[] arguments =
        [
            .. Given(command, file, variant, output),
            "-t",
            file.Path,
            .. variant,
            .. isJson ? ["--json"] : Array.Empty<string>(),
        ];
        var result = CommandRun.Run(command, arguments);
        var text = Text(command.Name, variant);
        Assert.True(IsDocumented(command.Name, result.Status), $"{text}: status {result.Status}\n{result.Error}");
        Assert.All(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Matches("^(xenshared|warning): .", line));
        // Each refusal has a reason; rules that were not judged are part of the result.
        var reasons = result.Status == ExitStatus.NothingJudged ? result.Error + result.Output : result.Error;
        if (result.Status is not (ExitStatus.Done or ExitStatus.NothingMatched))
            Assert.Contains(":", reasons, StringComparison.Ordinal);
        if (!file.IsReadable)
            Assert.True(
                result is { Status: not (ExitStatus.Done or ExitStatus.NothingMatched), Output: "" },
                $"{text}: status {result.Status}");
        File.Delete(output);
        return result;
    }

    private static bool IsDocumented(string command, int status) => status switch
    {
        ExitStatus.Done or ExitStatus.NothingMatched or ExitStatus.Usage or ExitStatus.NoAccess or ExitStatus.Failed => true,
        6 => command == "faults",
        _ => false,
    };

    // The required options of a command that the variant does not contain.
    private static IEnumerable<string> Given(Command command, MatrixFile file, string[] variant, string output)
    {
        var option = variant.Length > 0 ? variant[0] : "";
        if (command.Arguments.Count > 0) yield return output;
        if (command.Name == "metrics" && option != "--output") foreach (var text in (string[])["--output", output]) yield return text;
        if (command.Name is not ("poke" or "send")) yield break;
        if (option != "--domid") foreach (var value in (string[])["--domid", $"{file.DomId}"]) yield return value;
        if (option != "--yes") yield return "--yes";
        string[] more = (command.Name, option) switch
        {
            ("send", "--port") => [],
            ("send", _) => ["--port", "1"],
            (_, "--port") => ["--masked", "true"],
            (_, "--masked" or "--pending" or "--repair") => ["--port", "1"],
            (_, "--unmask" or "--patience") => ["--port", "1", "--repair"],
            (_, "--vcpu") => ["--upcall-pending", "true"],
            (_, "--upcall-pending" or "--upcall-mask" or "--selector") => ["--vcpu", "0"],
            (_, "--field") => ["--value", "1"],
            (_, "--value") => ["--field", "wc_sec"],
            (_, "--wall-clock" or "--undo" or "--request") => [],
            _ => ["--port", "1", "--masked", "true"],
        };
        foreach (var one in more) yield return one;
    }

    private static void CheckObject(string command, MatrixFile file, JsonElement element)
    {
        Assert.Equal(JsonValueKind.Object, element.ValueKind);
        foreach (var property in s_unknown.GetValueOrDefault((file.Kind, command), []))
            Assert.True(
                element.GetProperty(property).ValueKind == JsonValueKind.Null,
                $"{property} of {file.Name}: {element.GetProperty(property)}");
    }

    private static string Text(string command, string[] variant) => $"{command} {string.Join(' ', variant)}";
}
