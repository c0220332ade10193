using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Native;

/// <summary>
/// Reads the processor state of vCPUs. Xen pauses the vCPU for microseconds in each call; before 4.12, the whole domain of an HVM or PVH
/// guest.
/// </summary>
internal sealed unsafe class VcpuContextReader(XenControl control)
{
    // The size of the buffer into which the library writes a structure. The largest one that is read has 5,168 bytes (vcpu_guest_context).
    // The buffer is larger, because the structures of a newer library can be longer.
    internal const int BufferBytes = 16384;

    // The size of the buffer that is passed to Xen. Xen copies a record only if it fits. The record hvm_hw_cpu grows with new versions of
    // Xen, but still fits in a page.
    internal const uint RecordBytes = 4096;

    internal const uint CallbackIrqParameter = 0;

    /// <summary>
    /// Reads the states of a domain's vCPUs. A value that cannot be read is null, and <see cref="VcpuContext.WhyUnknown"/> has the reason.
    /// The state of an offline vCPU is not read, because its local APIC returns old values.
    /// </summary>
    public IReadOnlyList<VcpuContext> Read(DomainInfo domain)
    {
        var buffer = new byte[BufferBytes];
        return
        [
            .. control.ReadVcpus(domain.DomId, domain.MaxVcpuId).Select(run =>
            {
                var context = new VcpuContext(run.Vcpu) { Run = run };
                return !run.Online ? context with { WhyUnknown = "the vCPU is offline" }
                    : domain.Type == DomainType.PV ? ReadPv(domain, context, buffer)
                    : ReadHvm(domain.DomId, context, buffer);
            }),
        ];
    }

    private VcpuContext ReadPv(DomainInfo domain, VcpuContext context, byte[] buffer)
    {
        if (VcpuContextLayout.ForWidth(domain.PvWidth) is not { } layout)
            return context with { WhyUnknown = "the width of the PV guest is not known" };
        const string operation = nameof(XenControl.xc_vcpu_getcontext);
        if (WhyMissing(operation) is { } missing) return context with { WhyUnknown = missing };
        int result;
        fixed (byte* start = buffer) result = XenControl.xc_vcpu_getcontext(control.Interface, domain.DomId, (uint)context.Vcpu, start);
        return result != 0 ? context with { WhyUnknown = WhyFailed(operation, domain.DomId) } : context with
        {
            InstructionPointer = layout.InstructionPointer.Read(buffer),
            EventCallback = layout.EventCallback.Read(buffer),
        };
    }

    private VcpuContext ReadHvm(ushort domId, VcpuContext context, byte[] buffer)
    {
        const string parameter = nameof(XenControl.xc_hvm_param_get);
        var vcpu = context.Vcpu;
        ulong callback = 0;
        var whyNoCallback = WhyMissing(parameter);
        if (whyNoCallback is null && XenControl.xc_hvm_param_get(control.Interface, domId, CallbackIrqParameter, &callback) != 0)
            whyNoCallback = WhyFailed(parameter, domId);
        context = context with { CallbackIrq = whyNoCallback is null ? callback : null, WhyUnknown = whyNoCallback };

        if (ReadRecord(domId, HvmContextLayout.CpuType, vcpu, buffer) is { } whyNoCpu) return context with { WhyUnknown = whyNoCpu };
        context = context with
        {
            InstructionPointer = HvmContextLayout.InstructionPointer.Read(buffer),
            InterruptFlag = HvmContextLayout.TakesInterrupts(HvmContextLayout.Flags.Read(buffer)),
        };

        if (ReadRecord(domId, HvmContextLayout.LapicType, vcpu, buffer) is { } whyNoLapic) return context with { WhyUnknown = whyNoLapic };
        var isEnabled = HvmContextLayout.LapicDisabled.Read(buffer) == 0;
        if (ReadRecord(domId, HvmContextLayout.LapicRegistersType, vcpu, buffer) is { } whyNoRegisters)
            return context with { WhyUnknown = whyNoRegisters };
        return context with
        {
            Apic = new LocalApic(
                isEnabled,
                HvmContextLayout.GetTaskPriority(buffer),
                HvmContextLayout.GetRequested(buffer),
                HvmContextLayout.GetInService(buffer)),
        };
    }

    // Reads a record into the buffer. Returns null, or the reason if the record cannot be read.
    private string? ReadRecord(ushort domId, ushort type, int vcpu, byte[] buffer)
    {
        const string operation = nameof(XenControl.xc_domain_hvm_getcontext_partial);
        if (WhyMissing(operation) is { } missing) return missing;
        fixed (byte* start = buffer)
        {
            return XenControl.xc_domain_hvm_getcontext_partial(control.Interface, domId, type, (ushort)vcpu, start, RecordBytes) == 0
                ? null
                : WhyFailed(operation, domId);
        }
    }

    // Returns the reason if libxenctrl lacks the function; otherwise null. Only the processor state needs these functions, so a library
    // without them can be used for everything else.
    private static string? WhyMissing(string function) =>
        NativeLibraries.Has(NativeLibraries.Control, function) ? null : $"libxenctrl has no function {function}";

    private string WhyFailed(string operation, ushort domId) =>
        control.DomainError(operation, domId) is { Errno: { } errno } error
            ? $"{error.Problem.TrimEnd('.')} ({operation}: {Errno.Name(errno)})"
            : $"{operation} failed";
}
