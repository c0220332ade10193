using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace XenShared.Native.Tests.Product;

/// <summary>Checks the conditions that every run must meet, whichever call failed.</summary>
internal static partial class FaultedRun
{
    // The allowed exit statuses (docs): neither "usage" nor "an unexpected error".
    private static readonly int[] s_documented = [0, 1, 3, 4, 5, 6];

    // The exceptions of the library, and one that ends the writing of steps and is always caught.
    private static readonly string[] s_ours = ["XenShared.XenException", "XenShared.Poking.PokeExecutor+VcpuBlockedException"];

    private static readonly string[] s_ofOneDomain =
    [
        "map_frame",
        "xenforeignmemory_map",
        "evtchn_status",
        "xc_domain_get_guest_width",
        "xc_vcpu_getinfo",
        "xc_domain_maximum_gpfn",
        "xc_get_pfn_type_batch",
        "xc_domain_get_pod_target",
        "xc_domain_get_tsc_info",
        "xs_read",
        "xs_directory",
    ];

    /// <summary>Determines whether a call is about one domain, so that its failure must not affect other domains.</summary>
    public static bool IsOfOneDomain(string point) => s_ofOneDomain.Contains(point);

    /// <summary>Checks that the run ended with a documented status, and without an exception of another type.</summary>
    public static void AssertSound(CommandRun run)
    {
        Assert.Contains(run.Status, s_documented);
        Assert.DoesNotContain("nhandled exception", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Exceptions.Except(s_ours));
        if (run.Status is 3 or 4 or 5) Assert.Contains("xenshared: ", run.Error, StringComparison.Ordinal);
    }

    /// <summary>
    /// Checks that each domain of the undisturbed run is listed, or that an error states what is wrong with it or with the host.
    /// <paramref name="empty"/> is a domain that has nothing to list.
    /// </summary>
    public static void AssertOthersServed(CommandRun run, CommandRun whole, bool isOneDomain, int? empty = null)
    {
        var missing = DomIds(whole.Output).Except(DomIds(run.Output)).Where(domId => domId != empty).ToArray();
        if (missing.Length == 0) return;
        var errors = run.Error.Split('\n').Where(line => line.StartsWith("xenshared: ", StringComparison.Ordinal)).ToArray();
        var named = errors
            .SelectMany(line => NamedDomain().Matches(line))
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
            .ToHashSet();
        if (isOneDomain)
            Assert.True(missing.Length == 1, $"domains {string.Join(", ", missing)} are missing, and one call for one domain had failed");
        if (isOneDomain || errors.All(line => NamedDomain().IsMatch(line)))
            Assert.DoesNotContain(missing, domId => !named.Contains(domId));
    }

    private static HashSet<int> DomIds(string output) =>
        [
            .. output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line[0] == '{')
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("DomId").GetInt32()),
        ];

    [GeneratedRegex("[Dd]omain ([0-9]+)")]
    private static partial Regex NamedDomain();
}
