using System.Globalization;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Waits until a channel meets a condition.</summary>
public sealed class ChannelWait(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>The default time from one sample to the next.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets the source of the channel's state.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>Gets the time from one sample to the next.</summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>Gets the timeout; null for none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets the clock for the intervals.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Waits for the condition.</summary>
    /// <returns>The channel as it was when it met the condition. If the domain has ended, the state of the channel is Closed.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.WaitTimedOut"/>; <see cref="XenErrorId.EventStateUnknown"/>: the state in
    /// question is not known, and waiting does not change that; <see cref="XenErrorId.EventChannelNotFound"/>: the port does not exist, or
    /// is closed; <see cref="XenErrorId.DomainNotFound"/>; <see cref="XenErrorId.DomainVanished"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public XenEventChannel Wait(ushort domId, uint port, ChannelCondition condition, CancellationToken cancellation = default)
    {
        var uuid = target.ReadDomain(domId).Uuid;
        var pace = new IntervalTimer(Time, Interval);
        XenEventChannel? last = null;
        while (true)
        {
            var now = ReadChannel(domId, port, uuid, cancellation);
            if (now is null && condition != ChannelCondition.Closed)
                throw new XenException(
                    XenErrorId.DomainVanished,
                    $"Domain {domId} ended during the wait for its port {Number(port)}",
                    "find out why it ended")
                {
                    DomId = domId,
                    Port = port,
                };
            last = now ?? Closed(domId, port, last);
            if (Is(last, condition)) return last;
            if (!target.IsLive || pace.Elapsed >= Timeout) throw TimedOut(last, condition, pace.Elapsed);
            pace.Wait(Timeout, cancellation);
        }
    }

    // Returns the channel; null if the domain has ended. If the UUID differs, Xen has given the number to another domain, so the domain has
    // ended too.
    private XenEventChannel? ReadChannel(ushort domId, uint port, Guid? uuid, CancellationToken cancellation)
    {
        var failures = new Failures(observer);
        var query = new EventChannelQuery(target, failures)
        {
            Source = Source,
            Locate = Locate,
            Filter = new ChannelFilter { Ports = [port] },
            ReadsAllSamples = true,
        };
        var found = query
            .RunByDomain(new DomainSelection { DomIds = [domId] }, cancellation)
            .Select(domain => (domain.Domain.Uuid, Channel: domain.Channels?.FirstOrDefault()))
            .FirstOrDefault();
        if (failures.First is { Id: XenErrorId.DomainNotFound or XenErrorId.DomainVanished })
            return null;
        if (failures.First is { } error)
            throw error;
        return found.Uuid == uuid ? found.Channel : null;
    }

    private static bool Is(XenEventChannel channel, ChannelCondition condition)
    {
        if (condition == ChannelCondition.Closed)
            return channel.State is { } state ? state == ChannelState.Closed : throw Unknown(channel, condition);
        if (channel.State == ChannelState.Closed)
        {
            throw new XenException(
                XenErrorId.EventChannelNotFound,
                $"Port {Number(channel.Port)} of domain {channel.DomId} is closed, so it will not be {Name(condition)}",
                "list the domain's channels to see its ports")
            {
                DomId = channel.DomId,
                Port = channel.Port,
            };
        }
        var bit = condition is ChannelCondition.Pending or ChannelCondition.Idle ? channel.Pending : channel.Masked;
        return bit is { } known
            ? known == condition is ChannelCondition.Pending or ChannelCondition.Masked
            : throw Unknown(channel, condition);
    }

    private static XenEventChannel Closed(ushort domId, uint port, XenEventChannel? last) =>
        (last ?? new XenEventChannel { DomId = domId, Port = port }) with
        {
            State = ChannelState.Closed,
            StateNote = "its domain has ended",
            Pending = null,
            Masked = null,
            Linked = null,
            Busy = null,
            IsLive = null,
            Source = null,
            Vcpu = null,
            RemoteDomId = null,
            RemotePort = null,
        };

    private static XenException Unknown(XenEventChannel channel, ChannelCondition condition) =>
        new(
            XenErrorId.EventStateUnknown,
            $"Whether port {Number(channel.Port)} of domain {channel.DomId} is {Name(condition)} is not known "
                + $"({channel.StateNote?.TrimEnd('.')}), and waiting does not change that",
            "use another source, such as Hypervisor")
        {
            DomId = channel.DomId,
            Port = channel.Port,
        };

    private XenException TimedOut(XenEventChannel channel, ChannelCondition condition, TimeSpan waited) =>
        new(
            XenErrorId.WaitTimedOut,
            !target.IsLive
                ? $"Port {Number(channel.Port)} of domain {channel.DomId} is not {Name(condition)} in {target.DisplayName}, and a file "
                    + $"does not change"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"Port {channel.Port} of domain {channel.DomId} was not {Name(condition)} within {waited.TotalSeconds:0.#} s"),
            !target.IsLive ? "wait on the host itself" : "check it, or wait longer")
        {
            DomId = channel.DomId,
            Port = channel.Port,
        };

    private static string Name(ChannelCondition condition) => condition.ToString().ToLowerInvariant();

    private static string Number(uint port) => port.ToString(CultureInfo.InvariantCulture);

    // Keeps the first error, so that ReadChannel can throw it. Warnings about a domain are dropped, because the wait itself throws an error
    // if the state of the port is not known.
    private sealed class Failures(IQueryObserver observer) : IQueryObserver
    {
        public XenException? First { get; private set; }

        public void Warn(QueryWarning warning)
        {
            if (warning.DomId is null) observer.Warn(warning);
        }

        public void Fail(XenException exception) => First ??= exception;

        public void Report(ScanProgress progress) => observer.Report(progress);
    }
}
