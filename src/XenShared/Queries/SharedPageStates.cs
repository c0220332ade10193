using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Queries;

/// <summary>Reads channel states from the bitmaps in the shared page of a guest with two-level channels.</summary>
internal sealed class SharedPageStates(DomainSample sample, SharedInfoLayout layout) : IChannelStates
{
    public StateSource Source => StateSource.SharedPage;

    public DateTimeOffset? TakenAt => sample.TakenAt;

    public ChannelBits? Find(uint port, out string? note)
    {
        note = port < layout.PortCount ? null : $"beyond the {layout.PortCount} ports of two-level channels";
        if (note is not null) return null;
        var page = sample.Page.Span;
        return new ChannelBits(
            EventBitmap.IsSet(page.Slice(layout.PendingOffset, layout.BitmapBytes), port),
            EventBitmap.IsSet(page.Slice(layout.MaskOffset, layout.BitmapBytes), port));
    }
}
