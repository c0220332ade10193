using System.Globalization;
using XenShared.Poking;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Checks pokes, repairs and captures that SIGTERM ends at any moment: the guest still responds, the log contains every write, and nothing
/// else remains.
/// </summary>
[Trait("Tier", "Full")]
[Collection(PokedCollection.Name)]
public sealed class SignalTests(PokedBed bed) : QuickTest(bed)
{
    private const int PokeRounds = 20;
    private const int CaptureRounds = 10;
    private const int RemoteRounds = 6;
    private const int Terminated = 143;

    // $1: the number of rounds; $2: the command that runs the program; $3: the folder for files; $4: the command before each round; the
    // rest: one command, in which ROUND is the number of the round. It prints each exit status. The first run is not ended, and shows the
    // duration of a run. The signals are sent at moments that are spread over that time and a little more.
    private const string EndSome = """
        rounds=$1 run=$2 folder=$3 before=$4; shift 4
        mkdir -p $folder/tmp; export TMPDIR=$folder/tmp DOTNET_EnableDiagnostics=0
        eval "$before"
        start=${EPOCHREALTIME/./}
        $run "${@//ROUND/0}" >>$folder/out 2>>$folder/err; echo "whole $?"
        took=$((${EPOCHREALTIME/./} - start))
        for round in $(seq $rounds); do
          eval "$before"
          $run "${@//ROUND/$round}" >>$folder/out 2>>$folder/err & pid=$!
          sleep $(printf '%d.%06d' $((took * 5 * round / rounds / 4 / 1000000)) $((took * 5 * round / rounds / 4 % 1000000)))
          kill -TERM $pid 2>/dev/null
          wait $pid; echo "ended $?"
        done
        """;

    [Fact]
    public async Task In_dom0_whatever_is_ended_leaves_the_guest_well_and_nothing_behind()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.WithDevices];
        var port = await ConsoleAsync(dom0, domId);
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.WithDevices}; rm -rf /run/signals");
        try
        {
            string[] mask =
            [
                "poke",
                "--yes",
                "--json",
                "--log",
                "/run/signals/log",
                "--domid",
                $"{domId}",
                "--port",
                $"{port}",
                "--masked",
                "true",
            ];
            string[] repair = [.. mask[..^2], "--repair", "--unmask"];
            // A repair has something to do only where the port is masked; the pokes before it leave it so or not.
            var masked = $"'/in/bin/xenshared {string.Join(' ', mask)} >>/run/signals/out 2>>/run/signals/err'";
            foreach (var (rounds, before, command) in ((int, string, string[])[])
                    [
                        (PokeRounds, "true", mask),
                        (PokeRounds, masked, repair),
                        (CaptureRounds, "true", ["capture", "/run/signals/ROUND.xencap", "--force"]),
                        (CaptureRounds, "true", ["capture", "/run/signals/same.xencap", "--force"]),
                    ])
            {
                var script = $"set -- {rounds} /in/bin/xenshared /run/signals {before} {string.Join(' ', command)}\n{EndSome}";
                AssertEnded(await dom0.ReadAsync(script, TimeSpan.FromMinutes(30)), command);
            }

            await AssertNothingRunsAsync(dom0);
            Assert.Equal(
                "",
                await dom0.ReadAsync(
                    "ls -A /run/signals/tmp; find / -xdev -name '.xs-*' 2>/dev/null; find /run /tmp -name '.xs-*' -o -name 'xs-*'"));
            // Each file is complete.
            await dom0.ReadAsync(
                "for file in /run/signals/*.xencap; do /in/bin/xenshared domains --target $file >/dev/null || exit 1; done");
            var log = Pokes(await dom0.ReadAsync("cat /run/signals/log"));
            var shown = Pokes(await dom0.ReadAsync("cat /run/signals/out"));
            AssertLogged(shown, log);
            await AssertMaskAsync(dom0, domId, port, log);
        }
        finally
        {
            await dom0.RunAsync(
                $"/in/bin/xenshared poke --yes --domid {domId} --port {port} --repair --unmask --patience 60; rm -rf /run/signals");
        }
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.WithDevices}");
    }

    [Fact]
    public async Task From_outside_whatever_is_ended_leaves_no_connection_and_the_guest_well()
    {
        var dom0 = await Bed.RequireAsync();
        var workstation = await Workstation.PrepareAsync(dom0);
        var domId = (await dom0.DomainsAsync())[Guest.WithDevices];
        var port = await ConsoleAsync(dom0, domId);
        var folder = Directory.CreateTempSubdirectory("xen-signals-").FullName;
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.WithDevices}");
        try
        {
            string[] mask =
            [
                "poke",
                "--yes",
                "--json",
                "--log",
                $"{folder}/log",
                "--target",
                $"ssh://{Workstation.Dom0}",
                "--domid",
                $"{domId}",
                "--port",
                $"{port}",
                "--masked",
                "true",
            ];
            string[] repair = [.. mask[..^2], "--repair", "--unmask"];
            foreach (var command in (string[][])
                    [mask, repair, ["capture", $"{folder}/ROUND.xencap", "--force", "--target", $"ssh://{Workstation.Dom0}"]])
            {
                var run = string.Join(' ', Dom0Files.Program);
                var before = command == repair ? $"{run} {string.Join(' ', mask)} >>{folder}/out 2>>{folder}/err" : "true";
                AssertEnded(
                    (await workstation.BashAsync(EndSome, [$"{RemoteRounds}", run, folder, before, .. command])).Succeeded().Text,
                    command);
            }

            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, "tmp")));
            Assert.DoesNotContain(Directory.GetFileSystemEntries(folder).Select(Path.GetFileName), name => name!.StartsWith('.'));
            await AssertNothingRunsAsync(dom0);
            AssertLogged(
                Pokes(await File.ReadAllTextAsync(Path.Combine(folder, "out"))),
                Pokes(await File.ReadAllTextAsync(Path.Combine(folder, "log"))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await dom0.RunAsync($"/in/bin/xenshared poke --yes --domid {domId} --port {port} --repair --unmask --patience 60");
            await Workstation.RemoveProgramAsync(dom0);
        }
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.WithDevices}");
    }

    private static void AssertEnded(string lines, string[] command)
    {
        var words = string.Join(' ', command);
        var statuses = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("whole 0", statuses[0]);
        // After a late signal the poke is done, and a mask that is already set needs no write.
        var ended = statuses[1..].Select(line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).ToArray();
        Assert.All(ended, status => Assert.True(status is Terminated or 0 or 5, $"{words} ended with {status}"));
        Assert.Contains(Terminated, ended);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{ended.Count(status => status == Terminated)} of {ended.Length} ended by the signal: {words}");
    }

    // What a signal ends first may take its time where processors are emulated.
    private static Task<string> AssertNothingRunsAsync(Dom0 dom0) => dom0.ReadAsync("""
        for try in $(seq 100); do pgrep -f '[x]enshared|[X]enShared.Cli' >/run/running || exit 0; sleep 0.2; done
        ps -ef >&2; exit 1
        """);

    private static void AssertLogged(XenPoke[] shown, XenPoke[] log)
    {
        Assert.NotEmpty(shown);
        var logged = log.Select(poke => poke.Id).ToHashSet();
        Assert.All(shown, poke => Assert.Contains(poke.Id, logged));
    }

    // The mask of the port has the last logged value, so no write is missing in the log.
    private static async Task AssertMaskAsync(Dom0 dom0, ushort domId, uint port, XenPoke[] log)
    {
        var last = log.Last(poke =>
            poke is { Kind: PokeField.Mask, After: not null } && poke.Port == port && poke.Outcome != PokeOutcome.Intended);
        var events = DebugKeyEvents.Parse(await dom0.DebugKeyAsync());
        Assert.Equal(last.After != 0, events.Port(domId, port)!.Masked);
    }

    private static XenPoke[] Pokes(string lines) => [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(PokeLine.Read)];

    private static async Task<uint> ConsoleAsync(Dom0 dom0, ushort domId) =>
        uint.Parse(await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/console/port"), CultureInfo.InvariantCulture);
}
