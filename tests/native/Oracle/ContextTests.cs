using XenShared.Layout;

namespace XenShared.Native.Tests.Oracle;

/// <summary>Compares the offsets in a vCPU's processor state with the installed Xen headers.</summary>
public sealed class ContextTests
{
    private const string Source = "context.c";

    [Theory]
    [InlineData("x86_64", 64)]
    [InlineData("x86_32", 32)]
    public void The_context_of_a_PV_vCPU_is_laid_out_as_in_the_headers(string architecture, int width)
    {
        var headers = HeaderOracle.Compile(Source, architecture);
        var layout = VcpuContextLayout.ForWidth(width)!;

        Assert.All(layout.Fields, field => AssertField(headers, "vcpu_guest_context", field));
        Assert.Equal(layout.Size, headers.Size("vcpu_guest_context"));
        Assert.InRange(layout.Size, 1, VcpuContextReader.BufferBytes);
    }

    [Fact]
    public void The_records_of_an_HVM_vCPU_are_laid_out_as_in_the_headers()
    {
        var headers = HeaderOracle.Compile(Source, "x86_64");

        AssertField(headers, "hvm_hw_cpu", HvmContextLayout.InstructionPointer);
        AssertField(headers, "hvm_hw_cpu", HvmContextLayout.Flags);
        AssertField(headers, "hvm_hw_lapic", HvmContextLayout.LapicDisabled);
        AssertField(headers, "hvm_save_header", HvmContextLayout.TscKilohertz);
        AssertField(headers, "hvm_save_descriptor", HvmContextLayout.RecordType);
        AssertField(headers, "hvm_save_descriptor", HvmContextLayout.RecordInstance);
        AssertField(headers, "hvm_save_descriptor", HvmContextLayout.RecordLength);
        Assert.Equal(HvmContextLayout.DescriptorBytes, headers.Size("hvm_save_descriptor"));
        Assert.Equal(HvmContextLayout.LapicRegisterBytes, headers.Size("hvm_hw_lapic_regs"));
        Assert.All(
            ["hvm_hw_cpu", "hvm_hw_lapic", "hvm_hw_lapic_regs"],
            structure => Assert.InRange(headers.Size(structure), 1, (int)VcpuContextReader.RecordBytes));
    }

    [Fact]
    public void The_numbers_of_records_and_of_the_parameter_are_those_of_the_headers()
    {
        var constants = HeaderOracle.Compile(Source, "x86_64").Fields("context_constants").ToDictionary(field => field.Name);

        Assert.Equal(
            (HvmContextLayout.CpuType, HvmContextLayout.LapicType, HvmContextLayout.LapicRegistersType),
            (constants["cpu_type"].Count, constants["lapic_type"].Count, constants["lapic_regs_type"].Count));
        Assert.Equal(
            (HvmContextLayout.HeaderType, HvmContextLayout.EndType),
            (constants["header_type"].Count, constants["end_type_and_one"].Count - 1));
        Assert.True(VcpuContextLayout.IsOnline((ulong)constants["vgcf_online"].Count));
        Assert.False(VcpuContextLayout.IsOnline(~(ulong)constants["vgcf_online"].Count));
        Assert.Equal((int)VcpuContextReader.CallbackIrqParameter, constants["callback_irq_and_one"].Count - 1);
        Assert.Equal((2, 1), (constants["callback_type_vector"].Count, constants["callback_type_pci"].Count));
    }

    private static void AssertField(DebugInformation headers, string structure, LayoutField field)
    {
        // In some interface versions, the name of a register is one of an unnamed union.
        var theirs = headers.Fields(structure).First(member => Name(member.Name) == Name(field.Name));

        Assert.Equal((field.Offset, field.Width, 1), (theirs.Offset, theirs.Width, theirs.Count));
    }

    private static string Name(string path) => path.Split('.', StringSplitOptions.RemoveEmptyEntries)[^1];
}
