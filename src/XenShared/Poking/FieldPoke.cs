using System.Globalization;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Sets a field of a page by its name if its value has not changed since it was read, or sets the whole wall clock.</summary>
public sealed class FieldPoke(IXenDataSource target, IPokeObserver observer)
{
    // A time that is nearer to the present than this counts as the present. The check is not useful on a host that started less than twice
    // this time ago.
    private static readonly TimeSpan s_near = TimeSpan.FromMinutes(2);

    /// <summary>Gets the options of the poke.</summary>
    public PokeOptions Options { get; init; } = new();

    /// <summary>Sets a field.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>, <see cref="XenErrorId.PokeLostRace"/>, and those of the
    /// target.</exception>
    public void Set(ushort domId, string field, ulong value, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (
            RemotePoke.TryRun(
                target,
                observer,
                Options,
                ["poke", RemotePoke.Option("domid", domId), RemotePoke.Option("field", field), RemotePoke.Option("value", value)],
                null,
                cancellation))
            return;
        var run = new PokeExecutor(target, observer, Options);
        var situation = run.ReadContext(domId, watch: false, cancellation);
        if (PokeFields.Find(PokeSteps.Layout(situation), field) is not { } found)
        {
            throw PokeSteps.Refusal(
                situation,
                $"Field '{field}'",
                null,
                new GuardViolation(
                    PokeGuard.InsideStructure,
                    $"a page of layout {situation.Layout!.Layout} has no field of that name",
                    "use a name such as arch.max_pfn or vcpu_info[0].arch.cr2",
                    CanForce: false));
        }
        if (found.Vcpu is { } vcpu) PokeFields.CheckVcpu(situation, vcpu);
        run.Execute(situation, [PokeSteps.WholeField(situation, found.Field, value, found.Vcpu)]);
    }

    /// <summary>Sets the wall clock: the time at which Xen's system time was 0.</summary>
    /// <exception cref="XenException">As <see cref="Set(ushort, string, ulong, CancellationToken)"/>.</exception>
    public void SetWallClock(ushort domId, DateTimeOffset time, CancellationToken cancellation = default)
    {
        // The program on the remote host can be older, so this is checked here as well.
        if (VersionedClock.ToNanoseconds(time) is not { } nanoseconds)
        {
            throw PokeSteps.Refusal(
                domId,
                "The wall clock",
                null,
                new GuardViolation(
                    PokeGuard.InsideStructure,
                    $"the clock holds times from the start of 1970 to July 2554, and "
                        + $"{time.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)} is not one of them",
                    "give a time that it can hold",
                    CanForce: false));
        }
        string[] arguments =
        [
            "poke",
            RemotePoke.Option("domid", domId),
            RemotePoke.Option("wall-clock", time.ToString("O", CultureInfo.InvariantCulture)),
        ];
        if (RemotePoke.TryRun(target, observer, Options, arguments, null, cancellation))
            return;
        var run = new PokeExecutor(target, observer, Options);
        var situation = run.ReadContext(domId, watch: false, cancellation);
        if (FindTimeMistake(domId, time) is { } doubt) run.Warn(doubt);
        run.Execute(situation, [WallClock(situation, nanoseconds, expected: null)]);
    }

    /// <summary>Returns the step that writes a wall clock.</summary>
    internal static PokeStep WallClock(PokeContext situation, ulong nanoseconds, ulong? expected)
    {
        var layout = PokeSteps.Layout(situation);
        return new PokeStep
        {
            Kind = PokeField.WallClock,
            Field = "wall clock (wc_version, wc_sec, wc_nsec, wc_sec_hi)",
            Frame = PokeSteps.Frame(situation),
            Offset = layout.WallClockVersion.Offset,
            Width = 12,
            Bits = ulong.MaxValue,
            Value = nanoseconds,
            Expected = expected,
            Seen = VersionedClock.ToNanoseconds(Layout.WallClockContent.Decode(situation.Page.Span, layout)) ?? 0,
        };
    }

    // A user who does not know the meaning of the field would give the present time.
    private string? FindTimeMistake(ushort domId, DateTimeOffset time)
    {
        if (target.ReadHostClock() is not { } clock) return null;
        var began = DateTimeOffset.UnixEpoch.AddSeconds(clock.Seconds);
        var running = TimeProvider.System.GetUtcNow() - began;
        if (running < s_near * 2 || (TimeProvider.System.GetUtcNow() - time).Duration() > s_near)
            return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The wall clock of domain {domId} is the moment at which Xen's system time was 0, not the time now, so {time:u} sets the "
                + $"domain ahead by {running.TotalHours:0.0} hours; give {began:u}, which the control domain has, to set it right.");
    }
}
