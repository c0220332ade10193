using System.Globalization;

namespace XenShared.Poking;

/// <summary>Describes changes for the person who has to confirm them: what happens to which port, vCPU or clock.</summary>
internal static class PokeText
{
    /// <summary>Describes a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="device">The device of its port; null if there is no port, or xenstore does not name it.</param>
    public static string Describe(PokeStep step, string? device)
    {
        var text = DescribeChange(step, device);
        return step.IsPrecaution && step.Plain(step.Seen) == step.Plain(step.Value) ? $"{text}, if it has changed by then" : text;
    }

    /// <summary>Describes an event to send.</summary>
    public static string DescribeSend(uint port, string? device) => $"send an event to {Port(port, device)}";

    private static string DescribeChange(PokeStep step, string? device)
    {
        var isSet = step.Value != 0;
        var verb = isSet ? "set" : "clear";
        var vcpu = string.Create(CultureInfo.InvariantCulture, $"vCPU {step.Vcpu}");
        return step.Kind switch
        {
            PokeField.Mask or PokeField.EventWordMask => $"{(isSet ? "mask" : "unmask")} {Port(step.Port, device)}",
            PokeField.Pending => $"{verb} the pending bit of {Port(step.Port, device)}",
            PokeField.UpcallPending => $"{verb} the pending upcall of {vcpu}",
            PokeField.UpcallMask => $"{(isSet ? "mask" : "unmask")} the upcalls of {vcpu}",
            PokeField.PendingSelector => DescribeSelector(step, vcpu),
            PokeField.WallClock => $"set the wall clock to {Time(step.Value)}",
            _ => string.Create(CultureInfo.InvariantCulture, $"set {step.Field} to 0x{step.Plain(step.Value):x}"),
        };
    }

    // Describes the change of a selector. If the step changes only some bits, as in a repair, the text names these bits.
    private static string DescribeSelector(PokeStep step, string vcpu) =>
        step.Value == 0 && step.Seen != 0 && step.Bits == ulong.MaxValue ? $"clear the pending selector of {vcpu}"
        : step.Value == step.Bits || step.Value == 0 ? string.Create(
            CultureInfo.InvariantCulture,
            $"{(step.Value == 0 ? "clear" : "set")} bits 0x{step.Bits:x} of the pending selector of {vcpu}")
        : string.Create(CultureInfo.InvariantCulture, $"set the pending selector of {vcpu} to 0x{step.Value:x}");

    private static string Port(uint? port, string? device)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"port {port}");
        return device is null ? number : $"{number} ({device})";
    }

    private static string Time(ulong nanoseconds) =>
        DateTimeOffset.UnixEpoch
            .AddTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick))
            .ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
