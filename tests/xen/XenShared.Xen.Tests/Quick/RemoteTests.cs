using System.Globalization;
using System.Text.Json;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;
using XenShared.Xen.Tests.Oracles;
using XenShared.Xen.Tests.PowerShell;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Tests the real host over real SSH from a machine without Xen: it returns the same data as locally, and debug key 'e' shows the writes.
/// </summary>
public sealed class RemoteTests(QuickBed bed) : QuickTest(bed)
{
    // As JsonAgreement words it. With FIFO an event that arrives is also queued.
    private static readonly string[] s_eventArrived =
    [
        ".Pending: false here, true in PowerShell",
        ".Linked: false here, true in PowerShell",
    ];

    // The processes in dom0 from xenshared up to its sshd, which is killed during a reply.
    private const string CutConnection = """
        for try in $(seq 300); do
          for pid in $(pidof XenShared.Cli); do tr '\0' ' ' </proc/$pid/cmdline | grep -q -- '--sample[= ]20 ' && break 2; done 2>/dev/null
          pid=; sleep 0.1
        done
        sleep 2
        while [ "${pid:-0}" -gt 1 ]; do
          case $(cat /proc/$pid/comm) in sshd*) kill -9 $pid; exit ;; esac
          pid=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$pid/status)
        done
        exit 1
        """;

    [Fact]
    public async Task From_outside_all_guests_are_what_they_are_inside()
    {
        var dom0 = await Bed.RequireAsync();
        var workstation = await Workstation.PrepareAsync(dom0);
        var numbers = await dom0.DomainsAsync();
        // Records are recognized by their changes, so they must be located before the guests are paused.
        (await dom0.XenSharedAsync("vcpus --json --sample 40")).Succeeded();
        var guests = string.Join(' ', Guest.Quick.Select(guest => numbers[guest.Name]));
        try
        {
            await dom0.ReadAsync($"for guest in {guests}; do xl pause $guest || exit 1; done");
            foreach (var (command, cmdlet) in new[]
                {
                    ("domains", "Get-XenDomain"),
                    ("channels", "Get-XenEventChannel"),
                    ("vcpus", "Get-XenVcpuInfo"),
                })
            {
                var inside = OfGuests(Lines((await dom0.XenSharedAsync($"{command} --json")).Text));
                Assert.NotEmpty(inside);
                AssertSame(
                    inside,
                    OfGuests(Lines((await workstation.XenSharedAsync(command, "--json", "--target", $"ssh://{Workstation.Dom0}")).Text))
                );
                if (Workstation.WhyNoPowerShell is null)
                    AssertSame(inside, OfGuests(await workstation.PowerShellAsync(cmdlet)));
            }
        }
        finally
        {
            await dom0.RunAsync($"for guest in {guests}; do xl unpause $guest; done");
        }
    }

    // Its guest is paused, so its events stop at the domain, and its devices and its record of the clock do not change.
    [Fact]
    public async Task From_outside_paths_devices_and_clocks_are_what_they_are_inside()
    {
        var dom0 = await Bed.RequireAsync();
        var workstation = await Workstation.PrepareAsync(dom0);
        var domId = (await dom0.DomainsAsync())[Guest.WithDevices];
        var port = await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/console/port");
        (await dom0.XenSharedAsync($"vcpus --json --sample 40 --domid {domId}")).Succeeded();
        await dom0.ReadAsync($"xl pause {domId}");
        try
        {
            var (inside, outside) = await AskAsync($"path --port {port.Trim()}");
            Assert.Equal(inside.Select(DescribePath), outside.Select(DescribePath));
            Assert.Equal("Domain", Assert.Single(outside).GetProperty("StopsAt").GetString());

            (inside, outside) = await AskAsync("devices");
            Assert.Equal(["console", "vbd", "vif"], outside.Select(device => device.GetProperty("Kind").GetString()).Order());
            AssertSame(inside, outside, ".HostName: ");

            // A connection does not send the TSC mode, so it is null with the reason.
            (inside, outside) = await AskAsync("clocks --sample 0");
            AssertSame(inside, outside, ".HostName: ", ".TscMode: ", ".Incarnation: ", ".Note: ");
            var clock = Assert.Single(outside);
            Assert.Equal(JsonValueKind.Null, clock.GetProperty("TscMode").ValueKind);
            Assert.Contains("TscMode, Incarnation: a remote host", clock.GetProperty("Note").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            await dom0.RunAsync($"xl unpause {domId}");
        }

        async Task<(JsonElement[] Inside, JsonElement[] Outside)> AskAsync(string command)
        {
            var arguments = $"{command} --json --domid {domId}";
            var local = Lines((await dom0.XenSharedAsync(arguments)).Text);
            var remote = await workstation.XenSharedAsync([.. arguments.Split(' '), "--target", $"ssh://{Workstation.Dom0}"]);
            return ([.. local], [.. Lines(remote.Text)]);
        }
    }

    [Fact]
    public async Task A_poke_and_an_event_from_outside_are_seen_by_Xen()
    {
        Assert.SkipWhen(Workstation.WhyNoPowerShell is not null, Workstation.WhyNoPowerShell ?? "");
        var dom0 = await Bed.RequireAsync();
        var workstation = await Workstation.PrepareAsync(dom0);
        var domId = (await dom0.DomainsAsync())[Guest.WithDevices];
        var port = uint.Parse(await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/store/port"), CultureInfo.InvariantCulture);
        await dom0.ReadAsync($"xl pause {domId}");
        try
        {
            Assert.Equal((false, false), await KeyAsync(dom0, domId, port));

            var masked = await workstation.PowerShellAsync(
                $"Set-XenEventChannel -DomId {domId} -Port {port} -Masked $true -Confirm:$false -PassThru");
            Assert.Equal((false, true), await KeyAsync(dom0, domId, port));
            Assert.Equal(Workstation.Dom0, Assert.Single(masked).GetProperty("HostName").GetString());

            await workstation.PowerShellAsync(
                $"Set-XenEventChannel -DomId {domId} -Port {port} -Masked $false -Confirm:$false; Send-XenEvent -DomId {domId} -Port "
                    + $"{port} -Confirm:$false");
            Assert.Equal((true, false), await KeyAsync(dom0, domId, port));
        }
        finally
        {
            await dom0.RunAsync($"/in/oracle/mask_bit {domId} clear {port}; xl unpause {domId}");
        }
        // The guest handles the event and continues to run.
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.WithDevices}");
        Assert.Equal((false, false), await KeyAsync(dom0, domId, port));
    }

    [Fact]
    public async Task A_connection_that_ends_within_a_response_is_one_error_and_leaves_nothing_running()
    {
        var dom0 = await Bed.RequireAsync();
        var workstation = await Workstation.PrepareAsync(dom0);

        var asking = workstation.XenSharedAsync("vcpus", "--json", "--sample", "20", "--target", $"ssh://{Workstation.Dom0}");
        await dom0.ReadAsync(CutConnection);
        var result = await asking;

        Assert.Equal(5, result.ExitCode);
        Assert.Contains(Workstation.Dom0, Assert.Single(Errors(result)), StringComparison.Ordinal);
        await dom0.ReadAsync("for try in $(seq 60); do pidof XenShared.Cli >/dev/null || exit 0; sleep 0.5; done; exit 1");
        Assert.NotEmpty((await workstation.XenSharedAsync("domains", "--json", "--target", $"ssh://{Workstation.Dom0}")).Succeeded().Text);
    }

    [Fact]
    public async Task A_host_without_the_executable_is_one_clear_error()
    {
        var dom0 = await Bed.RequireAsync();
        var workstation = await Workstation.PrepareAsync(dom0);
        await Workstation.RemoveProgramAsync(dom0);

        var result = await workstation.XenSharedAsync("domains", "--target", $"ssh://{Workstation.Dom0}");

        Assert.Equal(5, result.ExitCode);
        Assert.Empty(result.Text);
        Assert.Contains("xenshared", Assert.Single(Errors(result)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_another_key_is_not_queried()
    {
        var dom0 = await Bed.RequireAsync();
        var empty = Path.Combine(Repository.Artifacts, "no-known-hosts");
        await File.WriteAllTextAsync(empty, "");
        var workstation = await Workstation.PrepareAsync(dom0, empty);

        var result = await workstation.XenSharedAsync("domains", "--target", $"ssh://{Workstation.Dom0}");

        Assert.Equal(5, result.ExitCode);
        Assert.Empty(result.Text);
        Assert.Contains("key", Assert.Single(Errors(result)), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("-oProxyCommand=touch${IFS}/run/evil")]
    [InlineData("dom0;touch /run/evil")]
    [InlineData("$(touch /run/evil)")]
    public async Task An_invalid_host_name_runs_nothing(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var workstation = await Workstation.PrepareAsync(dom0);

        var result = await workstation.XenSharedAsync("domains", "--target", $"ssh://{name}");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Empty(result.Text);
        Assert.NotEmpty(result.Error);
        Assert.Empty(await dom0.ReadAsync("ls /run/evil 2>/dev/null || true"));
        Assert.False(File.Exists("/run/evil"));
    }

    private static void AssertSame(JsonElement[] inside, JsonElement[] outside, params string[] permitted)
    {
        Assert.Equal(inside.Length, outside.Length);
        Assert.All(inside.Zip(outside), pair =>
            Assert.DoesNotContain(
                JsonAgreement.Differences(pair.First, pair.Second).Except(s_eventArrived),
                difference => !permitted.Any(start => difference.StartsWith(start, StringComparison.Ordinal))));
    }

    // The evidence contains how long the reads took.
    private static string DescribePath(JsonElement path) =>
        $"{path.GetProperty("DomId")} {path.GetProperty("Port")} {path.GetProperty("Verdict")} {path.GetProperty("StopsAt")} "
        + string.Join(' ', path.GetProperty("Step").EnumerateArray().Select(step =>
            $"{step.GetProperty("Link")}:{step.GetProperty("State")}"));

    // Dom0 is not paused.
    private static JsonElement[] OfGuests(IEnumerable<JsonElement> objects) =>
        [.. objects.Where(element => element.GetProperty("DomId").GetInt32() > 0)];

    private static IEnumerable<JsonElement> Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    private static string[] Errors(CommandResult result) =>
        [
            .. result
                .Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.StartsWith("warning: ", StringComparison.Ordinal)),
        ];

    private static async Task<(bool Pending, bool Masked)?> KeyAsync(Dom0 dom0, ushort domId, uint port) =>
        DebugKeyEvents.Parse(await dom0.DebugKeyAsync()).Port(domId, port) is { } line ? (line.Pending, line.Masked) : null;
}
