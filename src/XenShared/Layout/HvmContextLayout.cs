namespace XenShared.Layout;

/// <summary>
/// Describes the records in which Xen saves the state of an HVM or PVH guest, as far as this program reads them
/// (<c>xen/include/public/arch-x86/hvm/save.h</c>).
/// </summary>
public static class HvmContextLayout
{
    /// <summary>The type of the record <c>hvm_hw_cpu</c>.</summary>
    public const ushort CpuType = 2;

    /// <summary>The type of the record <c>hvm_hw_lapic</c>.</summary>
    public const ushort LapicType = 5;

    /// <summary>The type of the record <c>hvm_hw_lapic_regs</c>.</summary>
    public const ushort LapicRegistersType = 6;

    /// <summary>The type of the first record, <c>hvm_save_header</c>.</summary>
    public const ushort HeaderType = 1;

    /// <summary>The type of the last record, which is empty.</summary>
    public const ushort EndType = 0;

    /// <summary>The number of bytes of the descriptor that precedes a record.</summary>
    public const int DescriptorBytes = 8;

    /// <summary>The number of bytes of the registers of the local APIC.</summary>
    public const int LapicRegisterBytes = 1024;

    private const ulong InterruptFlag = 1 << 9;

    // The offsets of the registers of a local APIC (Intel SDM, volume 3). The ISR (InService) and the IRR (Requested) have 256 bits each.
    // These are in 8 groups of 16 bytes, and only the first 4 bytes of a group are used.
    private const int TaskPriority = 0x80;
    private const int InService = 0x100;
    private const int Requested = 0x200;
    private const int BitsPerRegister = 32;
    private const int RegisterStep = 16;
    private const int VectorCount = 256;

    /// <summary>Gets the instruction pointer, in the record of type <see cref="CpuType"/>.</summary>
    public static LayoutField InstructionPointer { get; } = new("rip", 640, 8);

    /// <summary>Gets the flags register (RFLAGS), in the record of type <see cref="CpuType"/>.</summary>
    public static LayoutField Flags { get; } = new("rflags", 648, 8);

    /// <summary>
    /// Gets the bits with the reasons why the local APIC is disabled: 1 in hardware, 2 by software. The field is in the record of type
    /// <see cref="LapicType"/>.
    /// </summary>
    public static LayoutField LapicDisabled { get; } = new("disabled", 8, 4);

    /// <summary>Gets the frequency of the guest's TSC in kHz, in the record of type <see cref="HeaderType"/>.</summary>
    public static LayoutField TscKilohertz { get; } = new("gtsc_khz", 20, 4);

    /// <summary>
    /// Gets the type of a record, in its descriptor (<c>hvm_save_descriptor</c>). The descriptor precedes each record of a saved guest.
    /// </summary>
    public static LayoutField RecordType { get; } = new("typecode", 0, 2);

    /// <summary>Gets the number of the vCPU to which a record belongs, in the descriptor of the record.</summary>
    public static LayoutField RecordInstance { get; } = new("instance", 2, 2);

    /// <summary>Gets the length of a record in bytes without its descriptor, in this descriptor.</summary>
    public static LayoutField RecordLength { get; } = new("length", 4, 4);

    /// <summary>Determines whether the interrupt flag is set in a value of the flags register, so that the vCPU takes interrupts.</summary>
    public static bool TakesInterrupts(ulong flags) => (flags & InterruptFlag) != 0;

    /// <summary>Returns the task priority from the registers of a local APIC.</summary>
    public static byte GetTaskPriority(ReadOnlySpan<byte> registers) => registers[TaskPriority];

    /// <summary>Returns the vectors in the interrupt request register, lowest first.</summary>
    public static IReadOnlyList<byte> GetRequested(ReadOnlySpan<byte> registers) => GetVectors(registers, Requested);

    /// <summary>Returns the vectors in the in-service register, lowest first.</summary>
    public static IReadOnlyList<byte> GetInService(ReadOnlySpan<byte> registers) => GetVectors(registers, InService);

    private static List<byte> GetVectors(ReadOnlySpan<byte> registers, int offset)
    {
        var vectors = new List<byte>();
        for (var vector = 0; vector < VectorCount; vector++)
        {
            var register = offset + vector / BitsPerRegister * RegisterStep;
            var bit = vector % BitsPerRegister;
            if ((registers[register + bit / 8] >> bit % 8 & 1) != 0) vectors.Add((byte)vector);
        }
        return vectors;
    }
}
