using System.Globalization;

namespace XenShared.Poking;

/// <summary>
/// Sets a field of the shared page by its name if its value has not changed since it was read, or sets the whole wall clock.
/// </summary>
internal static class FieldPoke
{
    // The field for the wall clock holds the time at which the host started. A requested time within s_near of the present time is probably
    // a mistake: the user believes that the field holds the present time. If the host started less than twice s_near ago, nothing is
    // checked, because the correct time is then close to the present time too.
    private static readonly TimeSpan s_near = TimeSpan.FromMinutes(2);

    /// <summary>Sets a field.</summary>
    public static void Execute(PokeExecutor run, SetFieldRequest request, CancellationToken cancellation)
    {
        var situation = run.ReadContext(request.DomId, watch: false, cancellation);
        if (PokeFields.Find(PokeSteps.Layout(situation), request.Field) is not { } found)
        {
            throw PokeSteps.Refusal(
                situation,
                $"Field '{request.Field}'",
                null,
                new GuardViolation(
                    PokeGuard.InsideStructure,
                    $"a page of layout {situation.Layout!.Layout} has no field of that name",
                    "use a name such as arch.max_pfn or vcpu_info[0].arch.cr2",
                    CanForce: false));
        }
        if (found.Vcpu is { } vcpu) PokeFields.CheckVcpu(situation, vcpu);
        run.Execute(situation, [PokeSteps.WholeField(situation, found.Field, request.Value, found.Vcpu)]);
    }

    /// <summary>Sets the wall clock: the time at which Xen's system time was 0.</summary>
    public static void Execute(PokeExecutor run, SetWallClockRequest request, CancellationToken cancellation)
    {
        var situation = run.ReadContext(request.DomId, watch: false, cancellation);
        if (FindTimeMistake(situation, request.Time) is { } doubt) run.Warn(doubt);
        run.Execute(situation, [WallClock(situation, VersionedClock.ToNanoseconds(request.Time)!.Value, expected: null)]);
    }

    /// <summary>
    /// Creates the step that writes the wall clock. Both values are nanoseconds since 1970; <paramref name="expected"/> is the clock that
    /// the page must still have, or null for any.
    /// </summary>
    public static PokeStep WallClock(PokeContext situation, ulong nanoseconds, ulong? expected)
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

    // Returns a warning if the requested time is close to the present time; otherwise null. The field holds the time at which Xen's system
    // time was 0 (the start of the host), but a user may believe that it holds the present time.
    private static string? FindTimeMistake(PokeContext situation, DateTimeOffset time)
    {
        if (situation.Target.ReadHostClock() is not { } clock) return null;
        var began = DateTimeOffset.UnixEpoch.AddSeconds(clock.Seconds);
        var running = TimeProvider.System.GetUtcNow() - began;
        if (running < s_near * 2 || (TimeProvider.System.GetUtcNow() - time).Duration() > s_near)
            return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The wall clock of domain {situation.DomId} is the moment at which Xen's system time was 0, not the time now, so "
                + $"{time:u} sets the "
                + $"domain ahead by {running.TotalHours:0.0} hours; give {began:u}, which the control domain has, to set it right.");
    }
}
