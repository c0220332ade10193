using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Queries;

/// <summary>Reads channel states from the event array of a guest with FIFO channels.</summary>
internal sealed class EventArrayStates(LocatedEventArray array) : IChannelStates
{
    private readonly Dictionary<int, EventArrayPage> _pages = array.Pages.DistinctBy(page => page.Index).ToDictionary(page => page.Index);

    public StateSource Source => array.Source;

    public DateTimeOffset? TakenAt => array.TakenAt;

    public ChannelBits? Find(uint port, out string? note)
    {
        var index = (int)(port / EventWord.PerPage);
        var page = _pages.GetValueOrDefault(index);
        note = page is null
            ? "no page of the guest's event array was found for this port: the guest has not registered one yet, or it cannot be "
                + "distinguished from other memory"
            : null;
        if (page is null)
            return null;
        var word = new EventWord(MemoryMarshal.Cast<byte, uint>(page.Bytes.Span)[(int)(port % EventWord.PerPage)]);
        return new ChannelBits(word.IsPending, word.IsMasked, word.IsLinked, word.IsBusy);
    }
}
