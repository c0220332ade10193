using System.Diagnostics;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Oracles;
using XenShared.Xen.Tests.PowerShell;

namespace XenShared.Xen.Tests.Host;

/// <summary>
/// Holds the observations of the host while its guests were paused. Every value must agree with every oracle, and a later observation with
/// an earlier one, with two exceptions: events can arrive (nothing clears them), and dom0 runs and sets the wall clock.
/// </summary>
internal sealed record PausedHost
{
    private const int PageAttempts = 3;

    private static readonly TimeSpan s_timerPatience = TimeSpan.FromMinutes(2);

    /// <summary>Gets the domain numbers by name.</summary>
    public required IReadOnlyDictionary<string, ushort> Numbers { get; init; }

    /// <summary>Gets the domains.</summary>
    public required Answers<XenDomain> Domains { get; init; }

    /// <summary>Gets their channels, with Xen's own views.</summary>
    public required ChannelView Channels { get; init; }

    /// <summary>Gets the output of <c>channels --pending</c>.</summary>
    public required Answers<XenEventChannel> Pending { get; init; }

    /// <summary>Gets their pages, sampled although they do not change.</summary>
    public required Answers<XenSharedInfo> Pages { get; init; }

    /// <summary>Gets their vCPUs, from records that were located while the guests ran.</summary>
    public required Answers<XenVcpuInfo> Vcpus { get; init; }

    /// <summary>Gets the live pages in the headers' view, read before ours.</summary>
    public required IReadOnlyDictionary<ushort, HeaderFields> HeadersBefore { get; init; }

    /// <summary>Gets the live pages in the headers' view, read after ours.</summary>
    public required IReadOnlyDictionary<ushort, HeaderFields> HeadersAfter { get; init; }

    /// <summary>Gets a capture.</summary>
    public required Capture Capture { get; init; }

    /// <summary>Gets the port whose mask bit another program set.</summary>
    public required uint PokedPort { get; init; }

    /// <summary>Gets the channels of its domain while the bit was set.</summary>
    public required ChannelView Poked { get; init; }

    /// <summary>Gets the channels of its domain after the bit was cleared again.</summary>
    public required ChannelView Restored { get; init; }

    /// <summary>Gets the results of the PowerShell session.</summary>
    public required PowerShellSession PowerShell { get; init; }

    /// <summary>Gets the output of debug key 'e' after all other observations.</summary>
    public required DebugKeyEvents KeyLast { get; init; }

    /// <summary>Pauses the guests, observes them, and unpauses them.</summary>
    public static async Task<PausedHost> ObserveAsync(Dom0 dom0)
    {
        var numbers = await dom0.DomainsAsync();
        // Records are recognized by their changes, so they must be located before the guests are paused.
        (await dom0.XenSharedAsync("vcpus --json --sample 40")).Succeeded();
        var guests = string.Join(' ', Guest.Quick.Select(guest => numbers[guest.Name]));
        try
        {
            await dom0.ReadAsync($"for guest in {guests}; do xl pause $guest || exit 1; done");
            return await LookAsync(dom0, numbers);
        }
        finally
        {
            await dom0.RunAsync($"for guest in {guests}; do xl unpause $guest; done");
        }
    }

    /// <summary>Returns the page of a domain.</summary>
    public XenSharedInfo Page(string name) => Pages.Objects.Single(page => page.DomId == Numbers[name]);

    private static async Task<PausedHost> LookAsync(Dom0 dom0, IReadOnlyDictionary<string, ushort> numbers)
    {
        var domIds = Guest.AllQuick.Select(guest => numbers[guest.Name]).ToArray();
        var twoVcpus = numbers[Guest.TwoVcpus];
        await WaitForTimersAsync(dom0, twoVcpus);
        var (headersBefore, pages, headersAfter) = await PagesAsync(dom0, domIds);
        var channels = await ChannelView.ObserveAsync(dom0, domIds);
        var quiet = channels.KeyAfter.Ports(twoVcpus).First(port => port is { IsIpi: true, Pending: false, Masked: false }).Port;
        var (poked, restored) = await PokeAsync(dom0, twoVcpus, quiet);
        return new PausedHost
        {
            Numbers = numbers,
            Domains = Answers<XenDomain>.Parse(await dom0.XenSharedAsync("domains --json")),
            Channels = channels,
            Pending = Answers<XenEventChannel>.Parse(await dom0.XenSharedAsync("channels --json --pending")),
            Pages = pages,
            Vcpus = Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync("vcpus --json")),
            HeadersBefore = headersBefore,
            HeadersAfter = headersAfter,
            Capture = await Capture.TakeAsync(dom0, "", $"{Suite.Current.Name}-quick-paused"),
            PokedPort = quiet,
            Poked = poked,
            Restored = restored,
            PowerShell = await PowerShellSession.RunAsync(dom0),
            KeyLast = DebugKeyEvents.Parse(await dom0.DebugKeyAsync()),
        };
    }

    // A guest that is paused while it works has set timers, which expire although it does not run.
    private static async Task WaitForTimersAsync(Dom0 dom0, ushort domId)
    {
        var clock = Stopwatch.StartNew();
        while (!DebugKeyEvents.Parse(await dom0.DebugKeyAsync()).Ports(domId).Any(port => port is { IsTimer: true, Pending: true }))
        {
            if (clock.Elapsed > s_timerPatience) throw new TimeoutException($"No timer of domain {domId} ran out while it was paused.");
            await Task.Delay(TimeSpan.FromSeconds(0.5));
        }
    }

    // Dom0 sets the wall clock of all domains about every ten minutes. The observation is then repeated.
    private static async Task<(
        IReadOnlyDictionary<ushort, HeaderFields> Before,
        Answers<XenSharedInfo> Ours,
        IReadOnlyDictionary<ushort, HeaderFields> After
    )> PagesAsync(Dom0 dom0, ushort[] domIds)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = await HeadersAsync(dom0, domIds);
            var ours = Answers<XenSharedInfo>.Parse(await dom0.XenSharedAsync("info --json --sample 3"));
            var after = await HeadersAsync(dom0, domIds);
            if (attempt == PageAttempts || domIds.All(domId => before[domId].Agrees(after[domId], "wc_version")))
                return (before, ours, after);
        }
    }

    private static async Task<IReadOnlyDictionary<ushort, HeaderFields>> HeadersAsync(Dom0 dom0, ushort[] domIds)
    {
        var headers = new Dictionary<ushort, HeaderFields>();
        foreach (var domId in domIds) headers[domId] = HeaderFields.Parse(await dom0.OracleAsync($"shared_info {domId}"));
        return headers;
    }

    // The port of an IPI is used, because none is sent while the guest is paused. An event on another masked port would be lost.
    private static async Task<(ChannelView Poked, ChannelView Restored)> PokeAsync(Dom0 dom0, ushort domId, uint port)
    {
        var arguments = $"--domid {domId}";
        ChannelView poked;
        try
        {
            await dom0.OracleAsync($"mask_bit {domId} set {port}");
            poked = await ChannelView.ObserveAsync(dom0, [domId], arguments);
        }
        finally
        {
            await dom0.OracleAsync($"mask_bit {domId} clear {port}");
        }
        return (poked, await ChannelView.ObserveAsync(dom0, [domId], arguments));
    }
}
