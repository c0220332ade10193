using System.Text;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Full;

/// <summary>
/// Destroys guests: one of which a process holds a page, which does not end until the process does, and one that is read meanwhile, which
/// ends at once.
/// </summary>
[Collection(HvmCollection.Name)]
[Trait("Tier", "Full")]
public sealed class DyingTests(HvmBed bed)
{
    private const string Name = "doomed";

    // The list of xl contains a heading. A domain that is dying has no name.
    private const string UntilItIsGone =
        "for try in $(seq 120); do xl list {0} >/dev/null 2>&1 || exit 0; sleep 0.5; done; xl list; exit 1";

    [Theory]
    [InlineData(Guest.Grub)]
    [InlineData("pvh-2l")]
    public async Task A_process_that_holds_a_destroyed_guest_is_named_and_the_guest_ends_with_it(string kind)
    {
        var dom0 = await bed.RequireAsync();
        var domId = await StartAsync(dom0, kind);
        var process = await dom0.ReadAsync(
            $$"""
            setsid /in/oracle/hold_page {{domId}} </dev/null >/run/held.log 2>&1 & echo $!
            until grep -q held /run/held.log; do [ -e /proc/$! ] || { cat /run/held.log >&2; exit 1; }; sleep 0.1; done
            """);
        process = process.Trim();
        try
        {
            await dom0.ReadAsync($"xl destroy {domId}");

            var domain = Assert.Single(
                Answers<XenDomain>.Parse(await dom0.XenSharedAsync($"domains --json --domid {domId}")).Objects);
            Assert.Equal((DomainState.Dying, null), (domain.State, domain.Name));
            var result = await dom0.XenSharedAsync($"faults --json --domid {domId}");
            var fault = Assert.Single(Faults(result).Objects);
            Assert.Equal(("DyingDomain", domId), (fault.Rule, fault.DomId));
            Assert.Contains($"hold_page ({process})", fault.Evidence, StringComparison.Ordinal);
            Assert.DoesNotContain("xenshared (", fault.Evidence, StringComparison.Ordinal);
            // A capture of the host contains the processes too.
            Assert.Contains(
                $"{{\"pid\":{process},\"name\":\"hold_page\"}}",
                await dom0.ReadAsync($"/in/bin/xenshared capture - --plain --sample 0 --domid {domId}"),
                StringComparison.Ordinal);
        }
        finally
        {
            await dom0.RunAsync($"kill {process}");
        }
        await dom0.ReadAsync(Gone(domId));
        var gone = await dom0.XenSharedAsync($"domains --json --domid {domId}");
        Assert.Equal((1, ""), (gone.ExitCode, gone.Text));
        Assert.Contains($"There is no domain {domId} ", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_is_read_while_it_is_destroyed_ends()
    {
        var dom0 = await bed.RequireAsync();
        var domId = await StartAsync(dom0, "pv-fifo");
        var watch = dom0.RunAsync($"timeout 120 /in/bin/xenshared watch --json --interval 50 --duration 40 --domid {domId}");
        var reads = dom0.RunAsync(
            $"""
            for read in $(seq 200); do
              /in/bin/xenshared channels --json --source GuestMemory --domid {domId}; xl list {domId} >/dev/null 2>&1 || exit 0
              touch /run/reads-began
            done
            exit 1
            """);
        await dom0.ReadAsync("until [ -e /run/reads-began ]; do sleep 0.1; done");

        await dom0.ReadAsync($"xl destroy {domId}");

        await dom0.ReadAsync(Gone(domId));
        (await reads).Succeeded();
        var last = await watch;
        Assert.DoesNotContain("Unhandled", last.Error, StringComparison.Ordinal);
        Assert.True(last.ExitCode != 124, "watch did not end");
        var domains = Answers<XenDomain>.Parse(await dom0.XenSharedAsync("domains --json")).Objects;
        Assert.DoesNotContain(domains, domain => domain.State == DomainState.Dying);
    }

    private static string Gone(ushort domId) => UntilItIsGone.Replace("{0}", $"{domId}", StringComparison.Ordinal);

    private static async Task<ushort> StartAsync(Dom0 dom0, string kind)
    {
        await dom0.ReadAsync(
            $"""
            rm -f /var/log/xen/console/guest-{Name}.log /run/reads-began
            sed 's/^name=.*/name="{Name}"/' /opt/rig/guests/{kind}.cfg >/opt/rig/guests/{Name}.cfg
            {(kind == Guest.Grub ? $"xl create -q /opt/rig/guests/{Name}.cfg && sleep 3" : $"GUEST_WAIT=900 start-guests {Name}")}
            """,
            TimeSpan.FromMinutes(20));
        return (await dom0.DomainsAsync())[Name];
    }

    // A rule that did not judge a domain is a line of its own.
    private static Answers<XenFault> Faults(CommandResult result)
    {
        var faults = result.Text.Split('\n').Where(line => !line.Contains("\"Outcome\":", StringComparison.Ordinal));
        return Answers<XenFault>.Parse(result with { Output = Encoding.UTF8.GetBytes(string.Join('\n', faults)) });
    }
}
