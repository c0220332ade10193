using XenShared.Guests.Deduction;

namespace XenShared.Queries;

/// <summary>Represents the source from which the bits of a guest's channels are read, or the reason why no source is available.</summary>
/// <param name="States">The source; null if there is none.</param>
/// <param name="WhyNot">The reason why there is no source, as the end of a sentence; null if there is one.</param>
/// <param name="Error">The error, if an error is the reason; otherwise null.</param>
internal readonly record struct ChannelStateChoice(IChannelStates? States, string? WhyNot, XenException? Error = null)
{
    /// <summary>Selects the source of the bits of a guest's channels, by the event ABI of the guest and the requested source.</summary>
    /// <param name="guest">The guest. The caller has searched its memory if <paramref name="source"/> requires that.</param>
    /// <param name="source">The requested source. It is not Hypervisor, whose output is about all guests and is read by
    /// <see cref="HypervisorView"/>.</param>
    public static ChannelStateChoice Create(GuestInspection guest, ChannelSource source) =>
        guest.Abi.Abi switch
        {
            EventAbi.TwoLevel when source == ChannelSource.GuestMemory => new(
                null,
                "it uses two-level channels, whose state is in its shared page and not in its memory; omit the source to see it."),
            EventAbi.TwoLevel when source == ChannelSource.Kernel => new(
                null,
                "it uses two-level channels, whose state is in its shared page and not in a kernel; omit the source to see it."),
            EventAbi.TwoLevel when guest is { Latest: { } sample, Layout.Layout: { } layout } => new(
                new SharedPageStates(sample, layout),
                null),
            EventAbi.Fifo when guest.EventArray is { } array => new(new EventArrayStates(array), null),
            EventAbi.Fifo when guest.EventArrayError is { } error => new(
                null,
                $"it uses FIFO channels, whose state is in its own memory. {error.Message}",
                error),
            _ when source == ChannelSource.Kernel && guest.EventArrayError is null => new(
                null,
                "source Kernel reads the control domain of a live host only; omit the source to see its state."),
            EventAbi.Fifo when source == ChannelSource.SharedPage => new(
                null,
                "it uses FIFO channels, whose state is in guest memory and not in the shared page; source Auto searches there."),
            EventAbi.Fifo => new(
                null,
                "it uses FIFO channels, whose state is in its own memory, and the data source does not contain it; if it is a capture, "
                    + "create a new one on the host."),
            _ when source == ChannelSource.GuestMemory && guest.EventArrayError is { } error => new(
                null,
                $"its event ABI is not known. {error.Message}",
                error),
            _ when guest is { Ports.Listing: PortTableCompleteness.Inferred, EventArrayError: { } error } => new(
                null,
                $"its event ABI is not known ({guest.Abi.Evidence}). {error.Message}",
                error),
            _ when guest.Ports?.Listing == PortTableCompleteness.Inferred =>
                new(null, $"its event ABI is not known ({guest.Abi.Evidence})."),
            _ when guest.PageError is { } error => new(null, $"its shared page cannot be read: {error.Message}"),
            _ => new(null, $"its event ABI is not known ({guest.Abi.Evidence}); source Hypervisor shows Xen's view."),
        };
}
