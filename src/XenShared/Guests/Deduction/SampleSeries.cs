using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Deduction;

/// <summary>Collects the samples of one domain.</summary>
internal sealed class SampleSeries
{
    private readonly IXenDataSource _target;
    private readonly List<DomainSample> _samples = [];

    public SampleSeries(IXenDataSource target, DomainInfo domain)
    {
        _target = target;
        Domain = domain;
        try
        {
            _samples.AddRange(target.ReadSamples(domain));
            if (_samples.Count == 0) _samples.Add(target.ReadSample(domain));
        }
        catch (XenException error) when (!error.IsFatal)
        {
            Error = error;
        }
    }

    public DomainInfo Domain { get; }

    /// <summary>Gets the reason why the page could not be read at all. A domain that ends between samples keeps its samples.</summary>
    public XenException? Error { get; }

    public IReadOnlyList<DomainSample> Samples => _samples;

    /// <summary>
    /// Gets a value indicating whether another sample could help: the slot of a vCPU is neither proved live nor proved frozen.
    /// </summary>
    public bool IsUndecided
    {
        get
        {
            if (_samples.Count == 0 || Domain.State is not (DomainState.Running or DomainState.Blocked or DomainState.Runnable))
                return false;
            // Slots are at the same offsets in both x86 layouts.
            var slots = Math.Min((Domain.MaxVcpuId ?? -1) + 1, SharedInfoLayout.X86_64.SlotCount);
            return Enumerable.Range(0, slots).Any(vcpu => SlotLiveness.Deduce(_samples, SharedInfoLayout.X86_64, vcpu).IsLive is null);
        }
    }

    public void Add()
    {
        if (!IsUndecided) return;
        try
        {
            _samples.Add(_target.ReadSample(Domain.DomId));
        }
        catch (XenException error) when (!error.IsFatal)
        {
            // The domain has ended or moved its page. Earlier samples remain valid.
        }
    }
}
