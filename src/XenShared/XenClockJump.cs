using System.Globalization;

namespace XenShared;

/// <summary>Represents a jump of a vCPU's clock: after an update by Xen, the clock does not continue from its value before.</summary>
public sealed record XenClockJump
{
    /// <summary>Gets the vCPU's number.</summary>
    public int Vcpu { get; internal init; }

    /// <summary>Gets the time from Xen's start to the update after the jump.</summary>
    public TimeSpan SystemTime { get; internal init; }

    /// <summary>Gets the size in nanoseconds: positive if the clock jumped forward, negative if it jumped back.</summary>
    public long Nanoseconds { get; internal init; }

    /// <summary>Returns the size and the time, safe to show.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"vCPU {Vcpu}: {Nanoseconds / 1e6:+0.###;-0.###;0} ms at {SystemTime:c}");
}
