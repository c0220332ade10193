using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>Reads the processor states of a capture, and checks their numbers and lengths.</summary>
/// <param name="limits">The limits of the capture.</param>
/// <param name="damaged">Creates the error of a line that is not valid.</param>
internal sealed class VcpuContextLineReader(CaptureLimits limits, Func<string, XenException> damaged)
{
    // The maximum number of characters of WhyUnknown, the reason why a part of a vCPU's state is not known. It is one sentence, for example
    // with a call and its error.
    private const int MaximumReason = 1024;

    // The maximum number of further reads in quick succession. The writer makes 20.
    private const int MaximumSeries = 64;

    /// <summary>Adds the processor states of a line to those of the domain.</summary>
    public void Add(Func<ushort, CapturedDomain> find, CaptureVcpuContextsLine line) =>
        Add(find(line.Domid).Contexts, line.Domid, line.Vcpus);

    /// <summary>Adds the processor states of one of the further reads in quick succession.</summary>
    public void Add(Func<ushort, CapturedDomain> find, CaptureVcpuSeriesLine line)
    {
        var series = find(line.Domid).ContextSeries;
        // The lines of a read are consecutive, and each read has at least one line.
        if (line.Number == series.Count + 1 && line.Number <= MaximumSeries) series.Add(new List<VcpuContext>());
        else if (series.Count == 0 || line.Number != series.Count)
            throw damaged($"further read {line.Number} of domain {line.Domid} is out of order or out of range");
        Add((List<VcpuContext>)series[^1], line.Domid, line.Vcpus);
    }

    private void Add(List<VcpuContext> contexts, ushort domId, CaptureVcpuContext[]? vcpus)
    {
        foreach (var vcpu in Need(vcpus, "vCPUs"))
        {
            var number = Need(vcpu, "vCPU").Vcpu;
            if (number < 0 || number >= limits.MaximumVcpus || contexts.Count > 0 && number <= contexts[^1].Vcpu)
                throw damaged($"vCPU {number} of domain {domId} is out of range or out of order");
            if (vcpu.WhyUnknown is { Length: > MaximumReason })
                throw damaged($"the reason of vCPU {number} of domain {domId} is longer than {MaximumReason} characters");
            if (vcpu.Run is { } other && other.Vcpu != number)
                throw damaged($"vCPU {number} of domain {domId} has the run state of vCPU {other.Vcpu}");
            contexts.Add(new VcpuContext(number)
            {
                Run = vcpu.Run is { } run
                    ? new VcpuRunState(run.Vcpu, run.Online, run.Blocked, run.Running, run.CpuTimeNanoseconds)
                    : null,
                IsOnline = vcpu.Online,
                InstructionPointer = vcpu.InstructionPointer,
                InterruptFlag = vcpu.InterruptFlag,
                EventCallback = vcpu.EventCallback,
                CallbackIrq = vcpu.CallbackIrq,
                Apic = vcpu.Apic is { } apic
                    ? new LocalApic(
                        apic.Enabled,
                        apic.TaskPriority,
                        CheckVectors(domId, number, apic.Requested),
                        CheckVectors(domId, number, apic.InService))
                    : null,
                WhyUnknown = vcpu.WhyUnknown,
            });
        }
    }

    private byte[] CheckVectors(ushort domId, int vcpu, int[]? vectors)
    {
        var isFirst = true;
        var before = 0;
        foreach (var vector in Need(vectors, "vectors"))
        {
            if (vector is < 0 or > byte.MaxValue || !isFirst && vector <= before)
                throw damaged($"vector {vector} of vCPU {vcpu} of domain {domId} is out of range or out of order");
            (isFirst, before) = (false, vector);
        }
        return Array.ConvertAll(vectors!, vector => (byte)vector);
    }

    private T Need<T>(T? value, string name)
        where T : class => value ?? throw damaged($"it has no {name}");
}
