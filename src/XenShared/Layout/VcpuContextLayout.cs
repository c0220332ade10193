namespace XenShared.Layout;

/// <summary>
/// Describes the members that are read of <c>vcpu_guest_context</c>, which Xen fills with the processor state of a PV guest's vCPU.
/// </summary>
public sealed class VcpuContextLayout
{
    private VcpuContextLayout(LayoutField instructionPointer, LayoutField eventCallback)
    {
        InstructionPointer = instructionPointer;
        EventCallback = eventCallback;
    }

    /// <summary>Gets the layout of 64-bit PV guests.</summary>
    public static VcpuContextLayout X86_64 { get; } = new(new("user_regs.rip", 648, 8), new("event_callback_eip", 5112, 8));

    /// <summary>Gets the layout of 32-bit PV guests.</summary>
    public static VcpuContextLayout X86_32 { get; } = new(new("user_regs.eip", 548, 4), new("event_callback_eip", 2784, 4));

    /// <summary>Gets the instruction pointer.</summary>
    public LayoutField InstructionPointer { get; }

    /// <summary>Gets the address of the function that Xen calls for events; 0 if the guest has registered none.</summary>
    public LayoutField EventCallback { get; }

    /// <summary>Gets the fields.</summary>
    public IReadOnlyList<LayoutField> Fields => [InstructionPointer, EventCallback];

    /// <summary>Returns the layout of a PV guest of a width; null if the width is not 32 or 64.</summary>
    public static VcpuContextLayout? ForWidth(int? bits) => bits switch
    {
        64 => X86_64,
        32 => X86_32,
        _ => null,
    };
}
