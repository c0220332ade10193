using System.Globalization;

namespace XenShared;

/// <summary>Represents a jump of a vCPU's clock: the time after an update by Xen does not continue the time before the update.</summary>
public sealed record XenClockJump
{
    /// <summary>Gets the vCPU's number.</summary>
    public int Vcpu { get; internal init; }

    /// <summary>Gets the time from Xen's start to the update after the jump.</summary>
    public TimeSpan SystemTime { get; internal init; }

    /// <summary>Gets the size in nanoseconds: positive if the clock jumped forward, negative if it jumped back.</summary>
    public long Nanoseconds { get; internal init; }

    /// <summary>Returns the size and the time, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"vCPU {Vcpu}: {Nanoseconds / 1e6:+0.###;-0.###;0} ms at {SystemTime:c}");
}
