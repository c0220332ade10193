namespace XenShared.Layout;

/// <summary>
/// Describes the members of <c>vcpu_guest_context</c> that this program reads. Xen returns the processor state of a vCPU in this structure.
/// Saved PV guests and core dumps contain it too.
/// </summary>
public sealed class VcpuContextLayout
{
    private const ulong OnlineFlag = 1 << 5;

    private VcpuContextLayout(int size, LayoutField flags, LayoutField instructionPointer, LayoutField registerFlags, LayoutField callback)
    {
        Size = size;
        Flags = flags;
        InstructionPointer = instructionPointer;
        RegisterFlags = registerFlags;
        EventCallback = callback;
    }

    /// <summary>Gets the layout of 64-bit PV guests. Xen uses it for HVM and PVH guests too.</summary>
    public static VcpuContextLayout X86_64 { get; } = new(
        5168,
        new("flags", 512, 8),
        new("user_regs.rip", 648, 8),
        new("user_regs.rflags", 664, 8),
        new("event_callback_eip", 5112, 8));

    /// <summary>Gets the layout of 32-bit PV guests.</summary>
    public static VcpuContextLayout X86_32 { get; } = new(
        2800,
        new("flags", 512, 4),
        new("user_regs.eip", 548, 4),
        new("user_regs.eflags", 556, 4),
        new("event_callback_eip", 2784, 4));

    /// <summary>Gets the size of the structure in bytes.</summary>
    public int Size { get; }

    /// <summary>Gets the flags of the context (<c>VGCF_*</c>).</summary>
    public LayoutField Flags { get; }

    /// <summary>Gets the instruction pointer.</summary>
    public LayoutField InstructionPointer { get; }

    /// <summary>Gets the flags register (RFLAGS), which contains the interrupt flag.</summary>
    public LayoutField RegisterFlags { get; }

    /// <summary>Gets the address of the function that Xen calls for events; 0 if the guest has registered none.</summary>
    public LayoutField EventCallback { get; }

    /// <summary>Gets the four fields that this program reads.</summary>
    public IReadOnlyList<LayoutField> Fields => [Flags, InstructionPointer, RegisterFlags, EventCallback];

    /// <summary>Determines whether a vCPU with these <see cref="Flags"/> is online (<c>VGCF_online</c>).</summary>
    public static bool IsOnline(ulong flags) => (flags & OnlineFlag) != 0;

    /// <summary>Returns the layout of a PV guest of a width; null if the width is not 32 or 64.</summary>
    public static VcpuContextLayout? ForWidth(int? bits) => bits switch
    {
        64 => X86_64,
        32 => X86_32,
        _ => null,
    };
}
