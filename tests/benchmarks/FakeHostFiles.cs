using System.Globalization;
using System.Text;

namespace XenShared.Benchmarks;

/// <summary>
/// Writes a host for the fake libraries of <c>tests/native</c>: domain 5 with as many ports as requested, all but the first bound.
/// </summary>
internal static class FakeHostFiles
{
    /// <summary>Writes <c>host.txt</c> and the page of the domain into a folder.</summary>
    public static int Write(string folder, int ports)
    {
        var page = Pages.TwoLevel();
        var mask = page.AsSpan(Layout.SharedInfoLayout.X86_64.MaskOffset, (ports + 7) / 8);
        mask.Clear();
        File.WriteAllBytes(Path.Combine(folder, "page.bin"), page);
        var text = new StringBuilder("xen 4 17 .7\ndomain 0\nflags running\nframe none\nonline 1\nmax_vcpu 0\n");
        text.Append("domain 5\nflags blocked\nframe 0xbfc58\npage page.bin\npages 32768\nonline 1\nmax_vcpu 0\nwidth 8\n");
        text.Append("vcpu 0 online blocked 1000 0\nstore /local/domain/5/name guest\n");
        text.Append(CultureInfo.InvariantCulture, $"ports {ports}\n");
        for (var port = 1; port < ports; port++) text.Append(CultureInfo.InvariantCulture, $"port {port} interdomain 0 {port + 100}\n");
        File.WriteAllText(Path.Combine(folder, "host.txt"), text.ToString());
        return 0;
    }
}
