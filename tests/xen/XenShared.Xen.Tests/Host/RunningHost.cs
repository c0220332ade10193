using System.Globalization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Host;

/// <summary>
/// Holds the observations of the host while its guests ran. They are made once, because each start of a program in dom0 takes seconds.
/// </summary>
internal sealed record RunningHost
{
    // Sampling ends when the liveness of each record is known. On a busy machine that takes longer than a user would wait.
    private const string PatientSampling = "--sample 40";

    // Events arrive and are handled in a running guest. One difference may be correct; a difference in each sample is an error.
    private const int ChannelLooks = 12;

    /// <summary>Gets the domain numbers by name.</summary>
    public required IReadOnlyDictionary<string, ushort> Numbers { get; init; }

    /// <summary>Gets the domains.</summary>
    public required Answers<XenDomain> Domains { get; init; }

    /// <summary>Gets their channels, with Xen's own views.</summary>
    public required ChannelView Channels { get; init; }

    /// <summary>Gets the ports whose state here differed from that of Xen in every sample.</summary>
    public required IReadOnlyCollection<(ushort DomId, uint Port)> Disagreements { get; init; }

    /// <summary>Gets their pages, read once.</summary>
    public required Answers<XenSharedInfo> Pages { get; init; }

    /// <summary>Gets the headers' view of the pages in our result.</summary>
    public required IReadOnlyDictionary<ushort, HeaderFields> PagesByHeaders { get; init; }

    /// <summary>Gets their vCPUs' slots in the pages, sampled.</summary>
    public required Answers<XenVcpuInfo> Slots { get; init; }

    /// <summary>Gets their vCPUs, wherever their records are.</summary>
    public required Answers<XenVcpuInfo> Vcpus { get; init; }

    /// <summary>Gets a capture.</summary>
    public required Capture Capture { get; init; }

    /// <summary>Gets dom0's time of day minus the time since Xen's start according to GRUB's record, several times.</summary>
    public required IReadOnlyList<decimal> StartTimes { get; init; }

    /// <summary>Makes the observations.</summary>
    public static async Task<RunningHost> ObserveAsync(Dom0 dom0)
    {
        var numbers = await dom0.DomainsAsync();
        var domIds = Guest.AllQuick.Select(guest => numbers[guest.Name]).ToArray();
        var pages = Answers<XenSharedInfo>.Parse(await dom0.XenSharedAsync("info --json"));
        var byHeaders = new Dictionary<ushort, HeaderFields>();
        foreach (var page in pages.Objects)
            byHeaders[page.DomId] = HeaderFields.Parse(
                (await dom0.RunAsync("/in/oracle/shared_info -", page.Bytes.ToArray())).Succeeded().Text);
        var channels = new List<ChannelView>();
        IEnumerable<(ushort DomId, uint Port)> disagreements;
        do
        {
            channels.Add(await ChannelView.ObserveAsync(dom0, domIds));
            disagreements = channels.Select(view => view.Disagreements()).Aggregate(Enumerable.Intersect);
        }
        while (disagreements.Any() && channels.Count < ChannelLooks);
        return new RunningHost
        {
            Numbers = numbers,
            Domains = Answers<XenDomain>.Parse(await dom0.XenSharedAsync("domains --json")),
            Channels = channels[^1],
            Disagreements = [.. disagreements],
            Pages = pages,
            PagesByHeaders = byHeaders,
            Slots = Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync($"vcpus --json --source SharedPage {PatientSampling}")),
            Vcpus = Answers<XenVcpuInfo>.Parse(await dom0.XenSharedAsync($"vcpus --json {PatientSampling}")),
            Capture = await Capture.TakeAsync(dom0, PatientSampling, $"{Suite.Current.Name}-quick"),
            StartTimes = await StartTimesAsync(dom0, numbers[Guest.Grub]),
        };
    }

    /// <summary>Returns the only object of a domain.</summary>
    public XenDomain Domain(string name) => Domains.Objects.Single(domain => domain.DomId == Numbers[name]);

    /// <summary>Returns the page of a domain.</summary>
    public XenSharedInfo Page(string name) => Pages.Objects.Single(page => page.DomId == Numbers[name]);

    // GRUB's record is the only live one: Xen brings it up to date whenever GRUB runs, which under its cap is several times a second.
    private static async Task<IReadOnlyList<decimal>> StartTimesAsync(Dom0 dom0, ushort grub)
    {
        var text = await dom0.ReadAsync(
            $"for try in 1 2 3 4 5; do date +%s.%N; /in/oracle/shared_info {grub} | grep -F 'vcpu_info[0].time.system_time'; sleep "
                + $"0.5; done");
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Chunk(2)
                .Select(pair =>
                    decimal.Parse(pair[0], CultureInfo.InvariantCulture)
                    - decimal.Parse(pair[1].Split(' ')[1], CultureInfo.InvariantCulture) / 1_000_000_000),
        ];
    }
}
