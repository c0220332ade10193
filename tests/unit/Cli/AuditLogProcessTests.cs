using System.Diagnostics;
using System.Globalization;
using XenShared.Poking;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>
/// Tests the audit log with real processes: several at the same time, on a full disk, beyond a size limit, and killed during a write.
/// </summary>
public sealed class AuditLogProcessTests
{
    private const int Processes = 8;

    // Mask, pending, event: six records.
    private const string Repair = "poke -t simulated:15:3 -d 14 -p 66 --repair --unmask --yes --json --log";
    private const int Changes = 3;

    [Fact]
    public void EightProcessesKeepEveryRecord()
    {
        NeedLinux();
        using var folder = new TemporaryFolder();
        var log = folder["log"];

        var result = Run($"for i in $(seq {Processes}); do \"$0\" {Repair} \"$1\" & done; wait", log);

        Assert.Equal("", result.Error);
        var records = File.ReadAllLines(log).Select(PokeLine.Read).ToArray();
        Assert.Equal(Processes * Changes, records.Count(record => record.Outcome == PokeOutcome.Intended));
        Assert.Equal(Processes * Changes, records.Count(record => record.Outcome == PokeOutcome.Done));
        Assert.All(records.GroupBy(record => record.Id), pair =>
            Assert.Equal([PokeOutcome.Intended, PokeOutcome.Done], pair.Select(record => record.Outcome)));
        var printed = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => PokeLine.Read(line).Id).ToHashSet();
        Assert.Equal(printed, records.Select(record => record.Id).ToHashSet());
    }

    [Fact]
    public void AFullDiskStopsARepairBeforeItBeginsOrNotAtAll()
    {
        NeedLinux();
        AssertLimited(
            free =>
                Run(
                    $"mount -t tmpfs -o size=4k,mode=700 tmpfs \"$1\" && head -c $((4096 - {free})) /dev/zero | tr '\\0' '\\n' "
                        + $">\"$1/log\"; \"$0\" {Repair} \"$1/log\"; status=$?; cp \"$1/log\" \"$2\"; exit $status",
                    isolated: true,
                    Directory.CreateTempSubdirectory("xenshared-test-").FullName),
            "No space left on device");
    }

    [Fact]
    public void AFileSizeLimitStopsARepairBeforeItBeginsOrNotAtAll()
    {
        NeedLinux();
        // Far above what the runtime itself needs; the file has a hole in it. POSIX counts in blocks of 512 bytes.
        const long Limit = 4L << 30;
        AssertLimited(
            free =>
                Run(
                    $"truncate -s {Limit - free} \"$1/log\"; (ulimit -f {Limit / 512}; exec \"$0\" {Repair} \"$1/log\"); status=$?; tail "
                        + $"-c 8192 \"$1/log\" | tr -d '\\0' >\"$2\"; exit $status",
                    isolated: false,
                    Directory.CreateTempSubdirectory("xenshared-test-").FullName),
            "File too large");
    }

    [Fact]
    public void AKillBetweenTheIntentAndTheWriteLeavesTheIntent()
    {
        NeedLinux();
        Assert.SkipWhen(Tool.Find("gcc") is null, "gcc is not installed");
        using var folder = new TemporaryFolder();
        // The first time that the log is on the disk, the process dies.
        File.WriteAllText(folder["kill.c"], """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <signal.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int fsync(int file)
            {
                struct stat status;
                int result = ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
                if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) kill(getpid(), SIGKILL);
                return result;
            }
            """);
        var built = Tool.Run(Tool.Find("gcc")!, "", "-shared", "-fPIC", "-o", folder["kill.so"], folder["kill.c"]);
        Assert.Equal((0, ""), built);

        var result = Run($"LD_PRELOAD=\"$2\" \"$0\" {Repair} \"$1\"", folder["log"], folder["kill.so"]);

        Assert.Equal((128 + 9, ""), (result.Status, result.Output));
        var records = File.ReadAllLines(folder["log"]).Select(PokeLine.Read).ToArray();
        Assert.Equal(Changes, records.Length);
        Assert.All(records, record => Assert.Equal(PokeOutcome.Intended, record.Outcome));
        var warnings = new List<string>();
        Assert.Empty(PokeHistory.SelectDone(records, warnings.Add));
        Assert.Equal(Changes, warnings.Count);
        Assert.All(warnings, warning => Messages.AssertSentence(warning, 14));
        // The command reports the same, and does nothing.
        var undone = CliProgram.Run("poke", "-t", "simulated:15:3", "--undo", folder["log"], "--yes");
        Assert.Equal("", undone.Output);
        Assert.Equal(Changes, undone.Error.Split("no record shows").Length - 1);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("777")]
    [InlineData("22")]
    public void ANewLogIsForItsOwnerOnlyWhateverTheUmaskIs(string umask)
    {
        NeedLinux();
        using var folder = new TemporaryFolder();

        var result = Run($"umask {umask}; \"$0\" {Repair} \"$1\"", folder["log"]);

        Assert.Equal((0, ""), (result.Status, result.Error));
#pragma warning disable CA1416 // Linux only.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["log"]));
#pragma warning restore CA1416
    }

    // At each record of a repair, and in the middle of each, there is no room left.
    private static void AssertLimited(Func<int, (int Status, string Output, string Error, string[] Log)> run, string reason)
    {
        var whole = run(4095);
        Assert.Equal(0, whole.Status);
        var lengths = whole.Log.Where(line => line.Length > 0).Select(line => line.Length + 1).ToArray();
        Assert.Equal(2 * Changes, lengths.Length);
        var (before, isCutIntent, isCutOutcome) = (0, 0, 0);
        for (var record = 0; record < lengths.Length; record++)
        {
            foreach (var free in (int[])[before + 10, before + lengths[record] / 2])
            {
                var (status, output, error, log) = run(free);
                var records = log.Select(line => PokeLine.TryRead(line, out var poke) ? poke : null).OfType<XenPoke>().ToArray();
                Assert.Equal(5, status);
                Assert.Contains(reason, error, StringComparison.Ordinal);
                if (record < Changes)
                {
                    isCutIntent++;
                    // Nothing was done.
                    Assert.Equal("", output);
                    Assert.DoesNotContain("what was done", error, StringComparison.Ordinal);
                    continue;
                }
                isCutOutcome++;
                var done = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(PokeLine.Read).ToArray();
                Assert.Equal([PokeField.Mask, PokeField.Pending, PokeField.Event], done.Select(poke => poke.Kind));
                Assert.Contains(
                    "what was done: evtchn_mask[port 66] 0x1 -> 0x0, evtchn_pending[port 66] 0x1 -> 0x0, event[port 66] sent; record "
                        + "the change elsewhere, and make the log "
                        + "writable before you continue.",
                    error,
                    StringComparison.Ordinal);
                Assert.Equal(Changes, records.Count(poke => poke.Outcome == PokeOutcome.Intended));
                Assert.Equal(record - Changes, records.Count(poke => poke.Outcome == PokeOutcome.Done));
                var warnings = new List<string>();
                Assert.Equal(record - Changes, PokeHistory.SelectDone(records, warnings.Add).Count);
                Assert.Equal(2 * Changes - record, warnings.Count);
            }
            before += lengths[record];
        }
        Assert.Equal((2 * Changes, 2 * Changes), (isCutIntent, isCutOutcome));
    }

    private static void NeedLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "these are Linux's processes");

    private static (int Status, string Output, string Error) Run(string script, params ReadOnlySpan<string> arguments) =>
        Finish(Start("/bin/sh", "-c", script), arguments);

    // In a mount namespace of its own on request; the folder is removed with it, and the log is read from outside.
    private static (int Status, string Output, string Error, string[] Log) Run(string script, bool isolated, string folder)
    {
        var copy = $"{folder}-log";
        try
        {
            var start = isolated
                ? Start("unshare", Environment.IsPrivilegedProcess ? "-m" : "-rm", "/bin/sh", "-c", script)
                : Start("/bin/sh", "-c", script);
            var (status, output, error) = Finish(start, folder, copy);
            return (status, output, error, File.Exists(copy) ? File.ReadAllLines(copy) : []);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            File.Delete(copy);
        }
    }

    private static ProcessStartInfo Start(string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    private static (int Status, string Output, string Error) Finish(ProcessStartInfo start, params ReadOnlySpan<string> arguments)
    {
        Assert.True(File.Exists(CliProgram.Location), string.Create(CultureInfo.InvariantCulture, $"{CliProgram.Location} is not built."));
        start.ArgumentList.Add(CliProgram.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(
            Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
