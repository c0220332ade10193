using XenShared.Layout;

namespace XenShared.Native.Tests.Fake;

/// <summary>Builds the content of a shared page, as a guest of some kind leaves it.</summary>
public sealed class FakePage(SharedInfoLayout layout)
{
    private readonly byte[] _bytes = new byte[SharedInfoLayout.PageSize];

    public byte[] Bytes => _bytes;

    /// <summary>The time at which Xen started: every domain without a time offset has the same.</summary>
    public static DateTimeOffset XenStart { get; } = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>The wall clock, as Xen writes it into every layout that is in use.</summary>
    public FakePage Clock(uint version = 2)
    {
        new WallClockContent(version, (ulong)XenStart.ToUnixTimeSeconds(), 123_456_789).Encode(_bytes, layout);
        return this;
    }

    /// <summary>A slot's clock record.</summary>
    public FakePage Slot(int vcpu, uint version, ulong systemTime)
    {
        var record = _bytes.AsSpan(vcpu * layout.Vcpu.Size, layout.Vcpu.Size);
        layout.Vcpu.Version.Write(record, version);
        layout.Vcpu.SystemTime.Write(record, systemTime);
        layout.Vcpu.TscToSystemMul.Write(record, 0x80000000);
        return this;
    }

    /// <summary>What a two-level kernel does at start: masks everything, then clears the bits of the ports it binds.</summary>
    public FakePage TwoLevel(params ReadOnlySpan<uint> unmasked)
    {
        _bytes.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        foreach (var port in unmasked) _bytes[layout.MaskOffset + port / 8] &= (byte)~(1 << (int)(port % 8));
        return this;
    }

    /// <summary>Ports with an event waiting.</summary>
    public FakePage Pending(params ReadOnlySpan<uint> ports)
    {
        foreach (var port in ports) _bytes[layout.PendingOffset + port / 8] |= (byte)(1 << (int)(port % 8));
        return this;
    }

    /// <summary>A PV guest's P2M words.</summary>
    public FakePage P2m(ulong maxPfn, ulong generation)
    {
        new ArchInfoContent(maxPfn, 0x1234, 0, 0x5000, 0x6000, generation).Encode(_bytes, layout);
        return this;
    }
}
