using XenShared.Layout;

namespace XenShared.Native.Tests.Fake;

/// <summary>Builds the content of a shared page, as a guest of some kind leaves it.</summary>
public sealed class FakePage(SharedInfoLayout layout)
{
    private readonly byte[] _bytes = new byte[SharedInfoLayout.PageSize];

    public byte[] Bytes => _bytes;

    /// <summary>Gets the time at which Xen started, which is the same for every domain without a time offset.</summary>
    public static DateTimeOffset XenStart { get; } = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the wall clock like Xen, in every layout that is in use.</summary>
    public FakePage Clock(uint version = 2)
    {
        new WallClockContent(version, (ulong)XenStart.ToUnixTimeSeconds(), 123_456_789).Encode(_bytes, layout);
        return this;
    }

    /// <summary>Writes the clock record of a slot.</summary>
    public FakePage Slot(int vcpu, uint version, ulong systemTime)
    {
        var record = _bytes.AsSpan(vcpu * layout.Vcpu.Size, layout.Vcpu.Size);
        layout.Vcpu.Version.Write(record, version);
        layout.Vcpu.SystemTime.Write(record, systemTime);
        layout.Vcpu.TscToSystemMul.Write(record, 0x80000000);
        return this;
    }

    /// <summary>
    /// Sets the mask like a two-level kernel at start, which masks every port and then clears the bits of the ports that it binds.
    /// </summary>
    public FakePage TwoLevel(params ReadOnlySpan<uint> unmasked)
    {
        _bytes.AsSpan(layout.MaskOffset, layout.BitmapBytes).Fill(0xff);
        foreach (var port in unmasked) _bytes[layout.MaskOffset + port / 8] &= (byte)~(1 << (int)(port % 8));
        return this;
    }

    /// <summary>Sets the pending bits of ports.</summary>
    public FakePage Pending(params ReadOnlySpan<uint> ports)
    {
        foreach (var port in ports) _bytes[layout.PendingOffset + port / 8] |= (byte)(1 << (int)(port % 8));
        return this;
    }

    /// <summary>Writes the P2M fields of a PV guest.</summary>
    public FakePage P2m(ulong maxPfn, ulong generation)
    {
        new ArchInfoContent(maxPfn, 0x1234, 0, 0x5000, 0x6000, generation).Encode(_bytes, layout);
        return this;
    }
}
