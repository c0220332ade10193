using System.Globalization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Host;

/// <summary>Holds the observations of a guest's console port that a poke masked and a repair restored.</summary>
/// <param name="Masked">The output of debug key 'e' about it while it was masked.</param>
/// <param name="WasDeaf">Whether the guest did not respond to typed text during this time.</param>
/// <param name="Afterwards">The output of the key when the guest responded again.</param>
internal sealed record MaskedConsole(DebugKeyPort? Masked, bool WasDeaf, DebugKeyPort? Afterwards)
{
    /// <summary>Masks the port, types, restores the port, and types again.</summary>
    /// <exception cref="InvalidOperationException">The guest did not answer afterwards.</exception>
    public static async Task<MaskedConsole> ObserveAsync(Dom0 dom0, string name, ushort domId)
    {
        var port = uint.Parse(
            await dom0.ReadAsync($"GUEST_WAIT=300 guest-echo {name} && {Guest.Settle} && xenstore-read /local/domain/{domId}/console/port"),
            CultureInfo.InvariantCulture);
        (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --masked true")).Succeeded();
        DebugKeyPort? masked;
        bool wasDeaf;
        try
        {
            masked = DebugKeyEvents.Parse(await dom0.DebugKeyAsync()).Port(domId, port);
            wasDeaf = (await dom0.RunAsync($"GUEST_WAIT=10 guest-echo {name}")).ExitCode != 0;
        }
        finally
        {
            (await dom0.XenSharedAsync($"poke --yes --domid {domId} --port {port} --repair --unmask")).Succeeded();
        }
        await dom0.ReadAsync($"GUEST_WAIT=300 guest-echo {name}");
        return new MaskedConsole(masked, wasDeaf, DebugKeyEvents.Parse(await dom0.DebugKeyAsync()).Port(domId, port));
    }
}
