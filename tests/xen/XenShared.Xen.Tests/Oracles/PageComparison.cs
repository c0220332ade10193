namespace XenShared.Xen.Tests.Oracles;

/// <summary>Compares a decoded page with the same page in the headers' view.</summary>
internal static class PageComparison
{
    /// <summary>Returns every scalar of <paramref name="page"/> by its name in the headers.</summary>
    public static IReadOnlyDictionary<string, decimal?> Scalars(XenSharedInfo page)
    {
        var values = new Dictionary<string, decimal?>
        {
            ["wc_version"] = page.WallClock?.Version,
            ["wc_sec"] = (uint?)(page.WallClock?.Seconds & uint.MaxValue),
            ["wc_sec_hi"] = page.WallClock?.Seconds >> 32,
            ["wc_nsec"] = page.WallClock?.Nanoseconds,
            ["arch.max_pfn"] = page.Arch?.MaxPfn,
            ["arch.pfn_to_mfn_frame_list_list"] = page.Arch?.PfnToMfnFrameListList,
            ["arch.nmi_reason"] = page.Arch?.NmiReason,
            ["arch.p2m_cr3"] = page.Arch?.P2mCr3,
            ["arch.p2m_vaddr"] = page.Arch?.P2mVaddr,
            ["arch.p2m_generation"] = page.Arch?.P2mGeneration,
        };
        foreach (var vcpu in page.Vcpu)
        {
            var slot = $"vcpu_info[{vcpu.Vcpu}].";
            values[slot + "evtchn_upcall_pending"] = Bit(vcpu.UpcallPending);
            values[slot + "evtchn_upcall_mask"] = Bit(vcpu.UpcallMask);
            values[slot + "evtchn_pending_sel"] = vcpu.PendingSelector;
            values[slot + "arch.cr2"] = vcpu.Cr2;
            values[slot + "time.version"] = vcpu.Time?.Version;
            values[slot + "time.tsc_timestamp"] = vcpu.Time?.TscTimestamp;
            values[slot + "time.system_time"] = vcpu.Time?.SystemTimeNanoseconds;
            values[slot + "time.tsc_to_system_mul"] = vcpu.Time?.TscToSystemMul;
            values[slot + "time.tsc_shift"] = vcpu.Time?.TscShift;
            values[slot + "time.flags"] = (byte?)vcpu.Time?.Flags;
        }
        return values;
    }

    /// <summary>
    /// Returns the differences between the page and the headers' view as text; empty if there are none. Bits of <paramref name="moving"/>
    /// ports are not compared.
    /// </summary>
    public static IEnumerable<string> Differences(
        XenSharedInfo page,
        HeaderFields headers,
        IEnumerable<uint> boundPorts,
        params IReadOnlyCollection<uint> moving)
    {
        foreach (var (name, value) in Scalars(page))
        {
            if (value != headers[name]) yield return $"{name}: {value} here, {headers[name]} in the headers' view";
        }
        if (page.EventAbi != EventAbi.TwoLevel) yield break;
        var bound = boundPorts.Except(moving).ToArray();
        var bitmaps = new[] { ("evtchn_pending", page.PendingPort, true), ("evtchn_mask", page.UnmaskedPort, false) };
        foreach (var (bitmap, ports, isSet) in bitmaps)
        {
            var expected = bound.Where(port => headers.IsSet(bitmap, port) == isSet).ToArray();
            if (ports is null || !expected.SequenceEqual(ports.Except(moving)))
                yield return $"{bitmap}: ports {string.Join(' ', ports ?? [])} here, {string.Join(' ', expected)} in the headers' view";
        }
    }

    private static decimal? Bit(bool? value) => value is { } known ? (known ? 1 : 0) : null;
}
