using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>Reads the P2M tables of a capture, and checks their sizes.</summary>
/// <param name="damaged">Creates the error of a line that is not valid.</param>
internal sealed class P2mLineReader(Func<string, XenException> damaged)
{
    /// <summary>Begins the table of a domain.</summary>
    public void Add(Func<ushort, CapturedDomain> find, CaptureP2mLine line)
    {
        var domain = find(line.Domid);
        if (domain.P2m is not null) throw damaged($"the P2M table of domain {line.Domid} occurs twice");
        const ulong Maximum = P2mPages.MaximumEntries;
        if (line.Entries == 0) throw damaged($"the P2M table of domain {line.Domid} has no entries");
        if (line.Entries > Maximum || line.First > Maximum || line.Count > Maximum)
            throw damaged($"the P2M table of domain {line.Domid} has more than {Maximum} entries");
        domain.P2m = new P2mPages(line.Entries, line.First, line.Count);
    }

    /// <summary>Adds a page to the table of a domain.</summary>
    public void Add(Func<ushort, CapturedDomain> find, CaptureP2mPageLine line)
    {
        var domain = find(line.Domid);
        if (line.Page is not { Length: SharedInfoLayout.PageSize } page)
            throw damaged($"a page of the P2M table of domain {line.Domid} does not have {SharedInfoLayout.PageSize} bytes");
        if (domain.P2m?.TryAdd(line.Index, page) != true)
            throw damaged($"page {line.Index} of the P2M table of domain {line.Domid} occurs twice, or is not in the table");
    }
}
