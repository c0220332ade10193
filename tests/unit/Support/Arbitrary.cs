using FsCheck;
using FsCheck.Fluent;
using XenShared.Layout;

namespace XenShared.Tests.Support;

/// <summary>Generates bytes and numbers for properties: random ones, and extreme ones.</summary>
internal static class Arbitrary
{
    private static readonly ulong[] s_edges =
    [
        0,
        1,
        2,
        0x7f,
        0x80,
        0xff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x1_0000_0000,
        0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000,
        ulong.MaxValue - 1,
        ulong.MaxValue,
    ];

    /// <summary>Generates whole pages: noise, sparse bits, all ones, all zero, and real pages with noise.</summary>
    public static Gen<byte[]> Page { get; } = Gen.Choose(0, int.MaxValue).Select(MakePage);

    public static Gen<ulong> UInt64 { get; } = Gen.OneOf(
        Gen.Elements(s_edges),
        Gen.Choose(0, 1 << 20).Select(small => (ulong)small),
        Gen.Choose(0, int.MaxValue).Two().Select(pair => (ulong)pair.Item1 << 33 ^ (ulong)pair.Item2));

    public static Gen<uint> UInt32 { get; } = UInt64.Select(value => (uint)(value ^ value >> 32));

    public static Gen<byte> Byte { get; } = Gen.Choose(0, 255).Select(value => (byte)value);

    public static Gen<byte[]> Bytes(int length) => Gen.Choose(0, int.MaxValue).Select(seed =>
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    });

    private static byte[] MakePage(int seed)
    {
        var random = new Random(seed);
        var page = new byte[SharedInfoLayout.PageSize];
        switch (random.Next(5))
        {
            case 0: break;
            case 1: Array.Fill(page, (byte)0xff); break;
            case 2: random.NextBytes(page); break;
            case 3:
                for (var bit = 0; bit < 40; bit++) page[random.Next(page.Length)] |= (byte)(1 << random.Next(8));
                break;
            default:
                GoldenGuest.All[random.Next(GoldenGuest.All.Count)].Page.CopyTo(page);
                for (var change = 0; change < 20; change++) page[random.Next(page.Length)] = (byte)random.Next(256);
                break;
        }
        return page;
    }
}
