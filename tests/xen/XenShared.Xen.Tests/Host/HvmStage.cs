using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Host;

/// <summary>Holds the observations of a paused HVM guest at one stage of its life.</summary>
/// <param name="DomId">Its number.</param>
/// <param name="Domain">The output of <c>domains</c>.</param>
/// <param name="Pages">The output of <c>info</c>.</param>
/// <param name="Channels">Its channels, beside Xen's own views.</param>
/// <param name="Headers">The headers' view of the live page in the layout that we deduced; null while none is mapped.</param>
/// <param name="Capture">A capture.</param>
internal sealed record HvmStage(
    ushort DomId,
    XenDomain Domain,
    Answers<XenSharedInfo> Pages,
    ChannelView Channels,
    HeaderFields? Headers,
    Capture Capture)
{
    private const int PageAttempts = 3;

    /// <summary>Gets the page.</summary>
    public XenSharedInfo Page => Pages.Objects.Single();

    /// <summary>Observes a paused guest.</summary>
    public static async Task<HvmStage> ObserveAsync(Dom0 dom0, ushort domId, string name)
    {
        var only = $"--domid {domId}";
        var (pages, headers) = await PagesAsync(dom0, domId, only);
        return new HvmStage(
            domId,
            Answers<XenDomain>.Parse(await dom0.XenSharedAsync($"domains --json {only}")).Objects.Single(),
            pages,
            await ChannelView.ObserveAsync(dom0, [domId], only),
            headers,
            await Capture.TakeAsync(dom0, only, $"{Suite.Current.Name}-{name}"));
    }

    // Dom0 sets the wall clock of all domains about every ten minutes. The observation is then repeated.
    private static async Task<(Answers<XenSharedInfo> Ours, HeaderFields? Headers)> PagesAsync(Dom0 dom0, ushort domId, string only)
    {
        for (var attempt = 1; ; attempt++)
        {
            var ours = Answers<XenSharedInfo>.Parse(await dom0.XenSharedAsync($"info --json --sample 3 {only}"), failureAllowed: true);
            if (ours.Objects is not [var page])
                return (ours, null);
            var headers = HeaderFields.Parse(
                await dom0.OracleAsync($"shared_info {domId}{(page.Layout == GuestLayout.X86_32 ? " 32" : "")}"));
            if (attempt == PageAttempts || headers["wc_version"] == page.WallClock?.Version)
                return (ours, headers);
        }
    }
}
