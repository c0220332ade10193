using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using XenShared.Cli;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>
/// Checks the output of every command for names that guests, toolstacks, files and users choose: no character that a terminal obeys or
/// hides is printed.
/// </summary>
public sealed class HostileOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Gets every command of the program, so that a new command is tested too.</summary>
    public static TheoryData<string> Commands => new(Program.CreateRootCommand().Subcommands.Select(command => command.Name));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void NothingHostileOfAFileIsPrinted(string command)
    {
        var run = Run(command, "--target", HostileCapture());

        // The table of clocks has numbers only.
        if (command is not ("capture" or "poke" or "send" or "watch" or "demo" or "clocks"))
            Assert.Contains("x?[31m", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void NothingHostileOfAFilesNameIsPrinted(string command)
    {
        Run(command, "--target", _folder[HostileText.Portable]);
        Run(command, "--target", _folder.Write(HostileText.Portable, "a text\n"u8.ToArray()));
        Run(command, "--target", _folder.Write(HostileText.Portable + "2", Encoding.UTF8.GetBytes(CaptureText.Header + "\nnonsense\n")));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void NothingHostileOfAnArgumentIsPrinted(string command)
    {
        Run(command, "--target", "simulated:3", HostileText.Portable);
        Run(command, $"--{HostileText.Portable}");
        foreach (var option in Program
                .CreateRootCommand()
                .Subcommands.Single(one => one.Name == command)
                .Options.Where(option => option.Name is not ("--log" or "--output")))
        {
            // Only the commands that refuse it or end at once: the others would wait, and print nothing more.
            var run = Run(command, option.Name, HostileText.Portable, "--target", "simulated:3");
            Assert.InRange(run.Status, 0, 6);
        }
    }

    [Fact]
    public void JsonHoldsTheTrueName()
    {
        var run = CliProgram.Run("domains", "--json", "--target", HostileCapture());

        HostileText.AssertClean(run.Output, "domains --json");
        Assert.All(run.Lines, line =>
            Assert.StartsWith(HostileText.Escaped, JsonNode.Parse(line)!["Name"]!.GetValue<string>(), StringComparison.Ordinal));
        Assert.All(run.Lines, line => Assert.Equal(HostileText.Escaped, JsonNode.Parse(line)!["HostName"]!.GetValue<string>()));
    }

    [Fact]
    public void ACaptureHoldsTheTrueName()
    {
        var run = CliProgram.Run("capture", "-", "--plain", "--target", HostileCapture());

        HostileText.AssertClean(run.Output, "capture - --plain");
        Assert.Contains(run.Lines, line =>
            JsonNode.Parse(line)!["name"]?.GetValue<string>().StartsWith(HostileText.Escaped, StringComparison.Ordinal) == true);
    }

    [Fact]
    public void AFileThatIsKeptIsNamedSafely()
    {
        var path = _folder.Write(HostileText.Portable, "old"u8.ToArray());
        foreach (var command in (string[])["capture", "report"])
        {
            var run = CliProgram.Run(command, path, "--target", _folder.RealCapture());

            Assert.Equal(5, run.Status);
            HostileText.AssertClean(run.Error, command);
        }
    }

    [Fact]
    public void APokeOfAFieldWithAHostileNameIsRefusedSafely()
    {
        foreach (var arguments in (string[][])
                [
                    ["--field", HostileText.Portable, "--value", "1"],
                    ["--field", "arch.max_pfn", "--value", HostileText.Portable],
                    [
                        "--undo",
                        _folder.Write(
                            HostileText.Portable,
                            Encoding.UTF8.GetBytes("{\"Field\":\"" + JsonEncodedText.Encode(HostileText.Escaped) + "\"}\n")),
                    ],
                ])
        {
            var run = CliProgram.Run([
                "poke",
                "-t",
                "simulated:3",
                "--yes",
                .. arguments[0] == "--undo" ? (string[])[] : ["-d", "1"],
                .. arguments,
            ]);

            Assert.InRange(run.Status, 1, 5);
            HostileText.AssertClean(run.Output + run.Error, "poke");
        }
    }

    // What a command needs beside its target. One that is new and needs something gives an error, which is checked as well.
    private string[] Required(string command) => command switch
    {
        "capture" or "report" => [_folder[$"out-{Guid.NewGuid():N}"]],
        "send" => ["-d", "3", "-p", "1", "--yes"],
        "poke" => ["-d", "3", "-p", "1", "--masked", "true", "--yes"],
        "watch" => ["--count", "1", "--interval", "1"],
        _ => [],
    };

    private CliResult Run(string command, params string[] arguments)
    {
        string[] all =
            command == "demo"
                ? [command, .. arguments.Where(argument => argument.Contains('\u001b', StringComparison.Ordinal))]
                :
                [
                    command,
                    .. command is "report" or "capture" && arguments[0] == "--target" && arguments.Length == 2 ? ["-"] : Required(command),
                    .. arguments,
                ];
        var run = CliProgram.Run(all);
        Assert.NotEqual(7, run.Status);
        HostileText.AssertClean(run.Error, string.Join(' ', all.Take(3)));
        // A capture is a file for programs.
        if (command != "capture") HostileText.AssertClean(run.Output, string.Join(' ', all.Take(3)));
        return run;
    }

    // A capture of a real host whose names have all been replaced.
    private string HostileCapture()
    {
        var text = new StringBuilder();
        var lines = 0;
        foreach (var line in Encoding.UTF8.GetString(CaptureText.RealText()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var node = JsonNode.Parse(line)!.AsObject();
            if (node.ContainsKey("xencap")) (node["host"], node["xenExtra"]) = (HostileText.Escaped, HostileText.Escaped);
            if (node.ContainsKey("name")) node["name"] = $"{HostileText.Escaped} {node["domid"]}";
            if (node.ContainsKey("message")) node["message"] = HostileText.Escaped;
            if (node["nodes"] is JsonObject nodes)
            {
                node["nodes"] = new JsonObject(nodes.Select(pair => KeyValuePair.Create(
                    pair.Key.Replace("/0/", $"/{HostileText.Escaped}/", StringComparison.Ordinal), pair.Value?.DeepClone())));
            }
            if (node["kind"]?.ToString() == "end") node["lines"] = lines;
            Append(node);
            // The recorded host is from before captures had devices.
            if (node["kind"]?.ToString() == "domain") Append(HostileDevices(node["domid"]!.DeepClone()));
        }
        return _folder.Write("hostile.xencap", Encoding.UTF8.GetBytes(text.ToString()));

        void Append(JsonObject line)
        {
            text.Append(line.ToJsonString()).Append('\n');
            lines++;
        }
    }

    // A reader refuses other names of devices, and longer values.
    private static JsonObject HostileDevices(JsonNode domId) => new()
    {
        ["kind"] = "devices",
        ["domid"] = domId,
        ["cutOff"] = false,
        ["devices"] = new JsonArray(new JsonObject
        {
            ["device"] = "vif",
            ["id"] = "0",
            ["frontend"] = new JsonObject { ["state"] = ShortHostileText },
            ["backendDomid"] = 0,
            ["backendKind"] = "vif",
            ["backend"] = new JsonObject { ["state"] = ShortHostileText, ["hotplug-status"] = ShortHostileText },
            ["hotplugError"] = HostileText.Escaped,
            ["backendError"] = HostileText.Escaped,
        }),
    };

    private static string ShortHostileText => HostileText.Escaped[..Math.Min(60, HostileText.Escaped.Length)];
}
