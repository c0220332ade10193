using XenShared.Hypervisor;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Boundary;

/// <summary><c>xc_vcpu_getcontext</c>, <c>xc_domain_hvm_getcontext_partial</c> and <c>xc_hvm_param_get</c>.</summary>
public sealed class ContextTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string PvCall = "xc_vcpu_getcontext";
    private const string HvmCall = "xc_domain_hvm_getcontext_partial";
    private const string ParameterCall = "xc_hvm_param_get";

    public static TheoryData<int> Minors =>
        new(Enumerable.Range(FakeXenBuild.OldestMinor, FakeXenBuild.NewestMinor - FakeXenBuild.OldestMinor + 1));

    [Fact]
    public void A_PV_guest_has_a_callback_and_an_instruction_pointer()
    {
        var contexts = Read(StandardHost.Pv);

        Assert.Equal([0, 1], contexts.Select(context => context.Vcpu));
        Assert.Equal([0xffff_ffff_8100_1234ul, 0xffff_ffff_8100_5678ul], contexts.Select(context => context.InstructionPointer!.Value));
        Assert.All(contexts, context =>
        {
            Assert.Equal(0xffff_ffff_81e0_1230ul, context.EventCallback);
            Assert.Equal((null, null, null, null), (context.InterruptFlag, context.CallbackIrq, context.Apic, context.WhyUnknown));
            Assert.True(context.Run is { Online: true, Blocked: true });
        });
    }

    [Fact]
    public void A_32_bit_PV_guest_has_its_own_layout()
    {
        var context = Assert.Single(Read(StandardHost.Pv32));

        Assert.Equal((0xc100_1234ul, 0xc1e0_1230ul), (context.InstructionPointer!.Value, context.EventCallback!.Value));
    }

    [Fact]
    public void A_PVH_guest_has_an_APIC_and_a_callback_parameter()
    {
        var context = Assert.Single(Read(StandardHost.Pvh));

        Assert.Equal(0xffff_ffff_8100_1234ul, context.InstructionPointer);
        Assert.Equal((true, 1ul, (ulong?)null), (context.InterruptFlag!.Value, context.CallbackIrq!.Value, context.EventCallback));
        Assert.True(context.Apic is { IsEnabled: true, TaskPriority: 0x10 });
        Assert.Equal([0xf3], context.Apic!.Requested);
        Assert.Equal([0xec], context.Apic.InService);
        Assert.Null(context.WhyUnknown);
    }

    [Fact]
    public void Firmware_has_its_interrupts_off_and_no_callback()
    {
        var context = Assert.Single(Read(StandardHost.Hvm));

        Assert.Equal((false, 0ul, false), (context.InterruptFlag!.Value, context.CallbackIrq!.Value, context.Apic!.IsEnabled));
        Assert.Empty(context.Apic.Requested);
    }

    // Its APIC would answer with the vectors of the time when it was online.
    [Fact]
    public void The_state_of_an_offline_vCPU_is_not_read()
    {
        var calls = 0L;
        var context = Assert.Single(Read(StandardHost.Starting, xen => calls = -xen.Calls(HvmCall)));

        Assert.Equal("the vCPU is offline", context.WhyUnknown);
        Assert.True(context is { Run: { Online: false }, InstructionPointer: null, Apic: null });
        Assert.Equal(0, calls + Xen.Calls(HvmCall));
    }

    [Theory, MemberData(nameof(Minors))]
    public void Every_version_of_the_library_gives_the_same(int minor)
    {
        IReadOnlyList<VcpuContext> ReadAs(ushort domId) =>
            Look(StandardHost.Create(minor).Line($"library {minor}"), target => target.ReadVcpuContexts(target.ReadDomain(domId)));

        Assert.Equal(0xffff_ffff_8100_1234ul, ReadAs(StandardHost.Pv)[0].InstructionPointer);
        Assert.True(ReadAs(StandardHost.Pvh)[0] is { InterruptFlag: true, Apic.IsEnabled: true });
    }

    [Theory]
    [InlineData(PvCall, Errno.EPERM, "EPERM")]
    [InlineData(PvCall, Errno.EINVAL, "EINVAL")]
    [InlineData(PvCall, Errno.ENODATA, "ENODATA")]
    public void A_failed_call_leaves_the_reason(string call, int errno, string name)
    {
        var context = Read(StandardHost.Pv, xen => xen.Fail(call, errno))[0];

        Assert.Null(context.InstructionPointer);
        Assert.Contains($"({call}: {name})", context.WhyUnknown, StringComparison.Ordinal);
        Assert.NotNull(context.Run);
    }

    // Each of the three records, and the parameter, can fail alone. What was read before stays.
    [Theory]
    [InlineData(HvmCall, 0, false, false, true)]
    [InlineData(HvmCall, 1, true, false, true)]
    [InlineData(HvmCall, 2, true, false, true)]
    [InlineData(ParameterCall, 0, true, true, false)]
    public void A_record_that_fails_leaves_the_others(string call, int after, bool hasFlag, bool hasApic, bool hasCallback)
    {
        var context = Assert.Single(Read(StandardHost.Pvh, xen => xen.Fail(call, Errno.EINVAL, after)));

        Assert.Equal(
            (hasFlag, hasApic, hasCallback),
            (context.InterruptFlag is not null, context.Apic is not null, context.CallbackIrq is not null));
        Assert.Contains(call, context.WhyUnknown, StringComparison.Ordinal);
    }

    private IReadOnlyList<VcpuContext> Read(ushort domId, Action<FakeXen>? before = null) =>
        Look(StandardHost.Create(), before ?? (_ => { }), target => target.ReadVcpuContexts(target.ReadDomain(domId)));
}
