namespace XenShared.Targets.Simulated;

/// <summary>Generates numbers from a seed, which are the same on every version of .NET (SplitMix64).</summary>
internal struct SeededNumbers(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Creates the generator for a domain of a host.</summary>
    public static SeededNumbers Create(int seed, ushort domId) => new(((ulong)(uint)seed << 16 | domId) * 0x9e3779b97f4a7c15);

    public ulong Next()
    {
        var value = _state += 0x9e3779b97f4a7c15;
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
        value = (value ^ value >> 27) * 0x94d049bb133111eb;
        return value ^ value >> 31;
    }

    /// <summary>Returns a number from 0 to <paramref name="limit"/> minus one.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);
}
