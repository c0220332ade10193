using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Tests writes to real guests: debug key 'e' shows them, the guests' consoles react to them, and the guests continue to run.
/// </summary>
[Collection(PokedCollection.Name)]
public sealed partial class PokeTests(PokedBed bed) : QuickTest(bed)
{
    private const int Events = 5;
    private const int QuickRounds = 15;
    private const int Comparisons = 3;
    private const int MaskSamples = 20;

    // GRUB polls its console and handles no event there; every Linux guest does.
    /// <summary>Gets the guests whose console uses events.</summary>
    public static TheoryData<string> Consoles { get; } =
    [.. Guest.Quick.Where(guest => guest.Name != Guest.Grub).Select(guest => guest.Name)];

    [Theory]
    [MemberData(nameof(Consoles))]
    public async Task A_masked_console_stops_and_resumes_with_all_that_was_typed(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        var port = await NodeAsync(dom0, domId, "console/port");
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name} && {Guest.Settle}");

        var masked = Pokes(await dom0.XenSharedAsync($"poke --json --yes --domid {domId} --port {port} --masked true"));
        try
        {
            Assert.Equal((0ul, 1ul), (Assert.Single(masked).Before!.Value, masked[0].After!.Value));
            Assert.True((await KeyAsync(dom0, domId, port)).Masked);
            Assert.True(await IsDeafAsync(dom0, name), $"{name} answers although its console is masked");
        }
        finally
        {
            (await dom0.XenSharedAsync($"poke --json --yes --domid {domId} --port {port} --repair --unmask")).Succeeded();
        }

        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
        Assert.Equal((false, false), await KeyAsync(dom0, domId, port));
    }

    // GRUB is the only two-level guest that a masked console does not stop, because it does not wait for an event.
    [Fact]
    public async Task A_masked_console_of_GRUB_which_polls_is_masked_and_goes_on()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.Grub];
        var port = await NodeAsync(dom0, domId, "console/port");
        Assert.False((await KeyAsync(dom0, domId, port)).Masked);

        var masked = Pokes(await dom0.XenSharedAsync($"poke --json --yes --domid {domId} --port {port} --masked true"));
        try
        {
            Assert.Equal((0ul, 1ul), (Assert.Single(masked).Before!.Value, masked[0].After!.Value));
            Assert.True((await KeyAsync(dom0, domId, port)).Masked);
            await AssertGrubAnswersAsync(dom0, Guest.Grub);
            Assert.True((await KeyAsync(dom0, domId, port)).Masked);
        }
        finally
        {
            // A repair would wait until the event is handled, which GRUB never does.
            (await dom0.XenSharedAsync($"poke --json --yes --domid {domId} --port {port} --masked false --force")).Succeeded();
        }

        Assert.False((await KeyAsync(dom0, domId, port)).Masked);
        await AssertGrubAnswersAsync(dom0, Guest.Grub);
    }

    [Theory]
    [MemberData(nameof(Consoles))]
    public async Task An_event_that_is_sent_interrupts_the_guest_each_time(string name)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];
        var port = await NodeAsync(dom0, domId, "store/port");
        var first = await XenStoreInterruptsAsync(dom0, name);
        // No other event is sent to it.
        Assert.Equal(first, await XenStoreInterruptsAsync(dom0, name));

        for (var sent = 0; sent < Events; sent++)
        {
            var poke = Assert.Single(Pokes(await dom0.XenSharedAsync($"send --json --yes --domid {domId} --port {port}")));
            Assert.Equal(PokeAction.Send, poke.Action);
        }

        Assert.Equal(first + Events, await XenStoreInterruptsAsync(dom0, name));
        Assert.False((await KeyAsync(dom0, domId, port)).Pending);
    }

    [Theory]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public Task Random_guarded_pokes_and_events_harm_no_guest(string name) => AssertUnharmedAsync(name, QuickRounds);

    [Theory]
    [Trait("Tier", "Full")]
    [MemberData(nameof(Guest.GuestNames), MemberType = typeof(Guest))]
    public Task A_thousand_random_guarded_pokes_and_events_harm_no_guest(string name) => AssertUnharmedAsync(name, 1000);

    [Fact]
    public async Task What_if_changes_no_byte_of_the_page()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.WithDevices];
        var port = await NodeAsync(dom0, domId, "console/port");
        string[] pokes =
        [
            $"--port {port} --masked true",
            $"--port {port} --masked true --pending true",
            $"--port {port} --repair --unmask",
            "--field arch.max_pfn --value 5",
            "--vcpu 0 --upcall-pending true --force",
            "--vcpu 0 --selector 3 --force",
            "--wall-clock 2001-02-03T04:05:06Z",
            "--field arch.nmi_reason --value 1 --force",
        ];
        await dom0.ReadAsync($"xl pause {domId}");
        try
        {
            await UntilUndisturbedAsync(async () =>
            {
                var before = await PageAsync(dom0, domId);
                foreach (var poke in pokes)
                {
                    var result = await dom0.XenSharedAsync($"poke --what-if --domid {domId} {poke}");
                    Assert.True(
                        result.ExitCode == 0 && result.Error.Contains("What if: ", StringComparison.Ordinal),
                        $"{poke}: status {result.ExitCode}: {result.Error}");
                }
                (await dom0.XenSharedAsync($"send --what-if --domid {domId} --port {port}")).Succeeded();
                return (before, await PageAsync(dom0, domId));
            });
            // The comparison shows what a poke writes.
            await UntilUndisturbedAsync(async () =>
            {
                var untouched = await PageAsync(dom0, domId);
                var done = await dom0.XenSharedAsync(
                    $"poke --yes --json --domid {domId} --field arch.max_pfn --value 5 --log /run/pokes.jsonl");
                Assert.Equal(5ul, Assert.Single(Pokes(done)).After);
                Assert.NotEqual(untouched, await PageAsync(dom0, domId));
                Pokes(await dom0.XenSharedAsync("poke --yes --json --undo /run/pokes.jsonl"));
                await dom0.RunAsync("rm -f /run/pokes.jsonl");
                return (untouched, await PageAsync(dom0, domId));
            });
        }
        finally
        {
            await dom0.RunAsync($"xl unpause {domId}; rm -f /run/pokes.jsonl");
        }
    }

    // Dom0 sets the wall clock every ten minutes or so, and a timer may expire in a paused guest: then the comparison is repeated.
    private static async Task UntilUndisturbedAsync(Func<Task<(string Before, string After)>> compare)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (before, after) = await compare();
            if (before == after) return;
            if (attempt == Comparisons) Assert.Equal(before, after);
        }
    }

    [Fact]
    public async Task What_another_program_changed_meanwhile_is_not_undone()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.WithDevices];
        var port = await NodeAsync(dom0, domId, "console/port");
        await dom0.ReadAsync($"xl pause {domId}");
        try
        {
            var poke = await dom0.XenSharedAsync($"poke --yes --json --domid {domId} --port {port} --masked true --log /run/pokes.jsonl");
            Assert.Single(Pokes(poke));
            await dom0.OracleAsync($"mask_bit {domId} clear {port}");

            var undo = await dom0.XenSharedAsync("poke --yes --json --undo /run/pokes.jsonl");

            Assert.Equal(5, undo.ExitCode);
            Assert.Contains($"omain {domId}", undo.Error, StringComparison.Ordinal);
            Assert.False((await KeyAsync(dom0, domId, port)).Masked);
        }
        finally
        {
            await dom0.RunAsync($"/in/oracle/mask_bit {domId} clear {port}; xl unpause {domId}; rm -f /run/pokes.jsonl");
            await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.WithDevices}");
        }
    }

    // The guest's console is on the vCPU of that timer and of nothing else, and Linux delays the end of a console's event by the timer.
    [Fact]
    public async Task A_guest_whose_timer_was_masked_by_force_responds_again_after_one_repair()
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[Guest.TwoVcpus];
        var console = await NodeAsync(dom0, domId, "console/port");
        var channels = Answers<XenEventChannel>.Parse(await dom0.XenSharedAsync($"channels --json --domid {domId}")).Objects;
        var vcpu = channels.Single(channel => channel.Port == console).Vcpu;
        var timer = channels.Single(channel => channel.Virq == VirtualIrq.Timer && channel.Vcpu == vcpu).Port;
        var refused = await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {timer} --masked true");
        Assert.True(refused.ExitCode == 5 && refused.Error.Contains("(NotVirq)", StringComparison.Ordinal), refused.Error);
        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.TwoVcpus} && {Guest.Settle}");

        Pokes(await dom0.XenSharedAsync($"poke --json --yes --force --domid {domId} --port {timer} --masked true"));
        try
        {
            // Linux ends events that bring nothing later and later, by a timer. The console must be quiet: any output sets the delay back.
            for (var sent = 0; sent < Events; sent++) await dom0.XenSharedAsync($"send --yes --domid {domId} --port {console}");
            Assert.True(await IsDeafAsync(dom0, Guest.TwoVcpus), "it answers although its timer is masked");
            var plan = await dom0.XenSharedAsync($"poke --what-if --verbose --domid {domId} --port {timer} --repair --unmask");
            Assert.Contains($"evtchn_mask[port {timer}]", plan.Error, StringComparison.Ordinal);
        }
        finally
        {
            (await dom0.XenSharedAsync($"poke --yes --patience 60 --domid {domId} --port {timer} --repair --unmask")).Succeeded();
        }

        await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {Guest.TwoVcpus}");
        await using var work = await GuestWork.StartAsync(dom0, Guest.TwoVcpus);
    }

    private async Task AssertUnharmedAsync(string name, int rounds)
    {
        var dom0 = await Bed.RequireAsync();
        var domId = (await dom0.DomainsAsync())[name];

        // An idle guest needs no timer, so a missing timer would not be visible.
        await using var work = name == Guest.Grub ? null : await GuestWork.StartAsync(dom0, name);
        var lines = (await dom0.ReadAsync($"/in/bin/sampler poke {rounds} {domId} {domId}", TimeSpan.FromMinutes(30))).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries);

        var written = Written().Match(lines[0]);
        Assert.True(written.Success, lines[0]);
        // Not all were refused.
        Assert.True(int.Parse(written.Groups["count"].Value, CultureInfo.InvariantCulture) > rounds / 20, lines[0]);
        if (name == Guest.Grub) await AssertGrubAnswersAsync(dom0, name);
        else await dom0.ReadAsync($"GUEST_WAIT=120 guest-echo {name}");
        if (work is not null) await work.AssertGoesOnAsync();
        await AssertUnmaskedAsync(dom0, domId);
    }

    // Linux masks a port from an event until its own end of interrupt, and the guest still works, so one sample may show a mask. A mask in
    // all samples is left from a poke.
    private static async Task AssertUnmaskedAsync(Dom0 dom0, ushort domId)
    {
        IEnumerable<uint> masked = await NeverMaskedAsync(dom0, domId);
        for (var sample = 0; sample < MaskSamples && masked.Any(); sample++)
        {
            var ports = (await KeyAllAsync(dom0, domId)).Ports(domId);
            masked = [.. masked.Where(port => !ports.Any(line => line.Port == port && !line.Masked))];
        }
        Assert.Empty(masked);
    }

    // A guest that works keeps neither Xenbus nor the console masked.
    private static async Task<uint[]> NeverMaskedAsync(Dom0 dom0, ushort domId) =>
        [await NodeAsync(dom0, domId, "store/port"), await NodeAsync(dom0, domId, "console/port")];

    // What is typed at GRUB's prompt comes back.
    private static Task<string> AssertGrubAnswersAsync(Dom0 dom0, string name) => dom0.ReadAsync($"""
        log=/var/log/xen/console/guest-{name}.log; before=$(stat -c %s $log)
        echo 'echo grub-is-$((0))well' >$(xenstore-read /local/domain/$(xl domid {name})/console/tty)
        for try in $(seq 240); do [ $(stat -c %s $log) -gt $((before + 10)) ] && exit; sleep 0.5; done; exit 1
        """);

    private static async Task<bool> IsDeafAsync(Dom0 dom0, string name)
    {
        for (var attempt = 0; attempt < 4; attempt++)
            if ((await dom0.RunAsync($"{Guest.Settle}; GUEST_WAIT=4 guest-echo {name}")).ExitCode != 0) return true;
        return false;
    }

    private static async Task<int> XenStoreInterruptsAsync(Dom0 dom0, string name)
    {
        var lines = await dom0.ReadAsync($"""
            log=/var/log/xen/console/guest-{name}.log; before=$(stat -c %s $log)
            GUEST_WAIT=120 guest-echo {name} 'run grep xenbus /proc/interrupts'
            tail -c +$((before + 1)) $log | grep 'xen-dyn.*xenbus'
            """);
        // A column for each vCPU.
        var row = Interrupts().Match(lines);
        Assert.True(row.Success, lines);
        return row.Groups["counts"]
            .Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Sum(count => int.Parse(count, CultureInfo.InvariantCulture));
    }

    private static async Task<uint> NodeAsync(Dom0 dom0, ushort domId, string node) =>
        uint.Parse(await dom0.ReadAsync($"xenstore-read /local/domain/{domId}/{node}"), CultureInfo.InvariantCulture);

    private static Task<string> PageAsync(Dom0 dom0, ushort domId) => dom0.OracleAsync($"shared_info {domId}");

    private static async Task<DebugKeyEvents> KeyAllAsync(Dom0 dom0, ushort domId)
    {
        var events = DebugKeyEvents.Parse(await dom0.DebugKeyAsync());
        Assert.Contains(domId, events.Domains);
        return events;
    }

    private static async Task<(bool Pending, bool Masked)> KeyAsync(Dom0 dom0, ushort domId, uint port) =>
        (await KeyAllAsync(dom0, domId)).Port(domId, port) is { } line
            ? (line.Pending, line.Masked)
            : throw new InvalidOperationException($"Xen shows no port {port}.");

    private static XenPoke[] Pokes(CommandResult result) => [.. Answers<XenPoke>.Parse(result).Objects];

    [GeneratedRegex(@"^\d+ tried, (?<count>\d+) written or sent$")]
    private static partial Regex Written();

    [GeneratedRegex(@"^\s*\d+:(?<counts>(\s+\d+)+)\s+xen-dyn", RegexOptions.Multiline)]
    private static partial Regex Interrupts();
}
