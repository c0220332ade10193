using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>
/// Reads Xen's own records about a saved HVM or PVH guest (the HVM context): a header, the processor state and the local APIC of each vCPU,
/// and others. An offline vCPU has no record of its processor state.
/// </summary>
internal sealed class SavedHvmContext
{
    private readonly FileBytes _file;
    private readonly ImageLimits _limits;
    private readonly SortedDictionary<int, VcpuContext> _vcpus = [];
    private readonly Dictionary<int, bool> _isApicEnabled = [];
    private readonly HashSet<(ushort Type, int Vcpu)> _read = [];

    private SavedHvmContext(FileBytes file, ImageLimits limits)
    {
        _file = file;
        _limits = limits;
    }

    /// <summary>Gets the frequency of the guest's TSC in kHz; null if it is not known.</summary>
    public uint? TscKilohertz { get; private set; }

    /// <summary>Gets the numbers of the online vCPUs.</summary>
    public IEnumerable<int> OnlineVcpus => _vcpus.Values.Where(vcpu => vcpu.IsOnline == true).Select(vcpu => vcpu.Vcpu);

    /// <summary>Gets the processor states, lowest number first.</summary>
    public IReadOnlyList<VcpuContext> Contexts => [.. _vcpus.Values.Select(Complete)];

    /// <summary>Reads the records.</summary>
    /// <param name="file">The file.</param>
    /// <param name="at">The offset of the first record.</param>
    /// <param name="length">The length of all records, which has been checked.</param>
    /// <param name="limits">The limits.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>.</exception>
    public static SavedHvmContext Read(FileBytes file, long at, uint length, ImageLimits limits)
    {
        var context = new SavedHvmContext(file, limits);
        context.ReadRecords(at, at + length);
        return context;
    }

    private void ReadRecords(long at, long end)
    {
        Span<byte> descriptor = stackalloc byte[HvmContextLayout.DescriptorBytes];
        while (at <= end - descriptor.Length)
        {
            _file.Read(at, descriptor, "HVM context");
            var type = (ushort)HvmContextLayout.RecordType.Read(descriptor);
            if (type == HvmContextLayout.EndType) return;
            var bytes = (long)HvmContextLayout.RecordLength.Read(descriptor);
            if (bytes > end - at - descriptor.Length)
                throw _file.Damaged(at, $"a record of {bytes} bytes is longer than the rest of the HVM context");
            Take(type, (int)HvmContextLayout.RecordInstance.Read(descriptor), at, bytes);
            at += descriptor.Length + bytes;
        }
    }

    private void Take(ushort type, int instance, long at, long bytes)
    {
        if (type == HvmContextLayout.HeaderType)
        {
            var header = Read(at, bytes, HvmContextLayout.TscKilohertz.Offset + HvmContextLayout.TscKilohertz.Width);
            TscKilohertz = HvmContextLayout.TscKilohertz.Read(header) is > 0 and var kilohertz ? (uint)kilohertz : null;
        }
        if (type is not (HvmContextLayout.CpuType or HvmContextLayout.LapicType or HvmContextLayout.LapicRegistersType)) return;
        if (instance >= _limits.MaximumVcpus)
            throw _file.Damaged(at, $"vCPU {instance} is beyond the maximum of {_limits.MaximumVcpus} vCPUs");
        if (!_read.Add((type, instance))) throw _file.Damaged(at, $"a record of vCPU {instance} comes twice");
        var vcpu = _vcpus.GetValueOrDefault(instance) ?? new VcpuContext(instance);
        switch (type)
        {
            case HvmContextLayout.CpuType:
                var cpu = Read(at, bytes, HvmContextLayout.Flags.Offset + HvmContextLayout.Flags.Width);
                vcpu = vcpu with
                {
                    IsOnline = true,
                    InstructionPointer = HvmContextLayout.InstructionPointer.Read(cpu),
                    InterruptFlag = HvmContextLayout.TakesInterrupts(HvmContextLayout.Flags.Read(cpu)),
                };
                break;
            case HvmContextLayout.LapicType:
                var lapic = Read(at, bytes, HvmContextLayout.LapicDisabled.Offset + HvmContextLayout.LapicDisabled.Width);
                _isApicEnabled[instance] = HvmContextLayout.LapicDisabled.Read(lapic) == 0;
                break;
            default:
                var registers = Read(at, bytes, HvmContextLayout.LapicRegisterBytes);
                vcpu = vcpu with
                {
                    Apic = new LocalApic(
                        IsEnabled: false,
                        HvmContextLayout.GetTaskPriority(registers),
                        HvmContextLayout.GetRequested(registers),
                        HvmContextLayout.GetInService(registers)),
                };
                break;
        }
        _vcpus[instance] = vcpu;
    }

    private byte[] Read(long at, long bytes, int needed)
    {
        if (bytes < needed) throw _file.Damaged(at, $"a record of the HVM context has {bytes} bytes, fewer than {needed}");
        var content = new byte[needed];
        _file.Read(at + HvmContextLayout.DescriptorBytes, content, "HVM context");
        return content;
    }

    // Returns the state of a vCPU after all records have been read, with the reason why a part is not known. For an offline vCPU, the file
    // contains a local APIC with old values, which is not used.
    private VcpuContext Complete(VcpuContext vcpu) =>
        vcpu.IsOnline != true ? new VcpuContext(vcpu.Vcpu) { IsOnline = false, WhyUnknown = "the vCPU is offline" }
        : vcpu.Apic is { } apic && _isApicEnabled.TryGetValue(vcpu.Vcpu, out var isEnabled)
            ? vcpu with { Apic = apic with { IsEnabled = isEnabled }, WhyUnknown = "a saved guest does not contain its callback" }
        : vcpu with { Apic = null, WhyUnknown = "the file contains neither the callback nor the local APIC" };
}
