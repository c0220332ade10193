using System.Globalization;
using System.Text.Json;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Lists everything while domains start and end.</summary>
public sealed class ChurnTests(QuickBed bed) : QuickTest(bed)
{
    private const int Rounds = 50;
    private const int WholeListings = 2;

    [Fact]
    public async Task Domains_that_come_and_go_disturb_no_listing_of_the_others_and_none_stays_behind()
    {
        var dom0 = await Bed.RequireAsync();
        var before = await dom0.DomainsAsync();
        var listings = new List<CommandResult>();
        var churn = dom0.RunAsync("rm -f /run/churn-stop; /in/oracle/churn /run/churn-stop");
        try
        {
            for (var listing = 0; listing < WholeListings; listing++)
                listings.Add(await dom0.XenSharedAsync(listing % 2 == 0 ? "channels --json" : "info --json"));
            listings.Add(
                await dom0.XenSharedAsync(
                    $"channels --json --domid {string.Join(' ', Enumerable.Repeat(string.Join(' ', before.Values), Rounds))}"));
        }
        finally
        {
            await dom0.ReadAsync("touch /run/churn-stop");
        }
        var made = int.Parse((await churn).Succeeded().Text, CultureInfo.InvariantCulture);

        Assert.True(made > 10, $"only {made} domains came and went");
        Assert.All(listings[..WholeListings], listing => AssertListed(listing, before.Values));
        var rounds = Answers<XenEventChannel>.Parse(listings[^1]).Objects;
        Assert.All(before.Values, domId =>
            Assert.True(
                rounds.Count(channel => channel.DomId == domId && channel.Port == 1) == Rounds,
                $"domain {domId} was not listed each time"));
        // A mapping that is kept would hold its domain as a zombie.
        Assert.Equal(before.Keys.Order(), await NamesOnceSettledAsync(dom0, before.Count));
    }

    [Fact]
    public async Task A_guest_that_is_created_and_destroyed_again_and_again_is_listed_or_not_but_never_stays()
    {
        var dom0 = await Bed.RequireAsync();
        var before = await dom0.DomainsAsync();
        const string Cycle = """
            sed 's/^name=.*/name="churned"/' /opt/rig/guests/grub64.cfg >/run/churned.cfg
            for cycle in 1 2 3; do xl create -q /run/churned.cfg && sleep 1 && xl destroy churned || exit 1; done
            """;
        var cycles = dom0.RunAsync(Cycle);
        var listings = new List<CommandResult>();
        do
        {
            listings.Add(await dom0.XenSharedAsync("info --json --sample 1"));
        }
        while (!cycles.IsCompleted);
        (await cycles).Succeeded();

        Assert.All(listings, listing => AssertListed(listing, before.Values));
        Assert.Equal(before.Keys.Order(), await NamesOnceSettledAsync(dom0, before.Count));
    }

    // Standard error may only contain domains that ended or have not mapped their page yet.
    private static void AssertListed(CommandResult listing, IEnumerable<ushort> expected)
    {
        Assert.True(listing.ExitCode is 0 or 1 or 5, $"exit status {listing.ExitCode}: {listing.Error}");
        Assert.DoesNotContain("Unhandled", listing.Error, StringComparison.Ordinal);
        var listed = listing
            .Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("DomId").GetUInt16())
            .ToHashSet();
        Assert.Empty(expected.Except(listed));
    }

    // Xen takes a moment to free a domain's memory.
    private static async Task<IEnumerable<string>> NamesOnceSettledAsync(Dom0 dom0, int count)
    {
        var names = await dom0.ReadAsync(
            $"for try in $(seq 60); do [ $(xl list | wc -l) = {count + 1} ] && break; sleep 0.5; done; xl list | awk 'NR > 1 {{ print "
                + $"$1 }}'");
        return names.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order();
    }
}
