using System.Numerics;
using FsCheck.Fluent;
using XenShared.Guests.Locating;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Layout;

/// <summary>Tests computing the TSC frequency from a clock record.</summary>
public sealed class PvclockFrequencyTests
{
    internal static ulong? Calculate(VcpuTimeContent time) =>
        new XenVcpuTime { TscToSystemMul = time.TscToSystemMul, TscShift = time.TscShift }.TscFrequency;

    [Theory]
    [InlineData(0x8000_0000u, 0, 2_000_000_000ul)]
    [InlineData(0x8000_0000u, -1, 4_000_000_000ul)]
    [InlineData(0x8000_0000u, 1, 1_000_000_000ul)]
    [InlineData(0xffff_ffffu, 0, 1_000_000_000ul)]
    [InlineData(1u, 0, 4_294_967_296_000_000_000ul)]
    [InlineData(1u, -2, 17_179_869_184_000_000_000ul)]
    [InlineData(0x1000_0000u, 31, 7ul)]
    public void KnownValues(uint mul, sbyte shift, ulong hertz) => Assert.Equal(hertz, Calculate(Time(mul, shift)));

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(1u, -3)]
    [InlineData(1u, -31)]
    [InlineData(0xffff_ffffu, 31)]
    [InlineData(0x8000_0000u, 32)]
    [InlineData(0x8000_0000u, -32)]
    [InlineData(0x8000_0000u, sbyte.MinValue)]
    [InlineData(0x8000_0000u, sbyte.MaxValue)]
    public void WhatMakesNoSenseIsNotKnown(uint mul, sbyte shift) => Assert.Null(Calculate(Time(mul, shift)));

    [Theory]
    [MemberData(nameof(GoldenGuest.Names), MemberType = typeof(GoldenGuest))]
    public void ARealProcessorHasSomeGigahertz(string guest)
    {
        var time = VcpuTimeContent.Decode(GoldenGuest.Named(guest).Page.Span, SharedInfoLayout.X86_64.Vcpu);

        Assert.InRange(Calculate(time) ?? 0, 2_400_000_000ul, 2_800_000_000ul);
    }

    [Theory]
    [InlineData(1_000_000_000ul, 0x8000_0000u, 1)]
    [InlineData(2_000_000_000ul, 0x8000_0000u, 0)]
    [InlineData(2_300_000_000ul, 0xde9b_d37au, -1)]
    [InlineData(1_500_000_000ul, 0xaaaa_aaaau, 0)]
    public void AFrequencyHasTheScaleThatXenChooses(ulong hertz, uint mul, sbyte shift) =>
        Assert.Equal((mul, shift), VcpuInfoPattern.ScaleOf(hertz));

    [Fact]
    public void AScaleIsInTheUpperHalfAndGivesItsFrequencyBack() => Always.Holds(Arbitrary.UInt32, kilohertz =>
    {
        var hertz = Math.Max(kilohertz, 1) * 1000ul;
        var (mul, shift) = VcpuInfoPattern.ScaleOf(hertz);

        Assert.True(mul >= 1u << 31, $"{hertz} Hz: 0x{mul:x}");
        Assert.InRange((double)Calculate(Time(mul, shift))! / hertz, 0.999999, 1.000001);
    }, cases: 2000);

    [Fact]
    public void NoFrequencyIsNull() => Assert.Throws<ArgumentOutOfRangeException>(() => VcpuInfoPattern.ScaleOf(0));

    [Fact]
    public void AgreesWithNumbersOfAnyLength() => Always.Holds(Arbitrary.UInt32.Zip(Arbitrary.Byte), pair =>
    {
        var (mul, shift) = (pair.Item1, (sbyte)pair.Item2);
        ulong? expected = null;
        if (mul != 0 && shift is >= -31 and <= 31)
        {
            var hertz = (new BigInteger(1_000_000_000) << 32) / mul;
            hertz = shift < 0 ? hertz << -shift : hertz >> shift;
            if (hertz > 0 && hertz <= ulong.MaxValue) expected = (ulong)hertz;
        }

        Assert.Equal(expected, Calculate(Time(mul, shift)));
    }, cases: 2000);

    private static VcpuTimeContent Time(uint mul, sbyte shift) => new(2, 0, 0, mul, shift, 0);
}
