namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the lines of a dump of debug key <c>q</c>. Xen prints domains, and the vCPUs of each, in ascending order. A number out of order
/// shows that lines are missing. Then it is not known to which domain the following lines belong.
/// </summary>
internal sealed class DomainStateLines
{
    // The number of vcpu_info slots in a shared page of x86 and of Arm. A vCPU without a slot has no vcpu_info until the guest brings it
    // up. Until then, the upcall bits that Xen prints for it have no meaning.
    private const int SlotsOfX86 = 32;
    private const int SlotsOfArm = 1;

    private readonly Dictionary<ushort, HypervisorDomainState> _domains = [];
    private readonly List<HypervisorVcpu> _vcpus = [];
    private HypervisorDomainState? _domain;
    private int _lastDomain = -1;
    private bool _hasCounts;
    private bool _awaitsPause;
    private bool _isDamaged;
    private bool _isArm;

    /// <summary>Gets the domains that have been read.</summary>
    public IReadOnlyDictionary<ushort, HypervisorDomainState> Domains => _domains;

    /// <summary>Gets the number of vCPUs that have been read. Callers compare it with a limit to bound the use of memory.</summary>
    public int VcpuCount { get; private set; }

    /// <summary>Gets a value indicating whether the heading of a domain was read.</summary>
    public bool HasBegun => _lastDomain >= 0;

    /// <summary>Determines whether a line begins another dump.</summary>
    public bool BeginsAnotherDump(DomainStateLine line) =>
        HasBegun
        && (line.Kind == DomainStateLineKind.Announcement || line.Kind == DomainStateLineKind.Heading && line.DomId <= _lastDomain);

    /// <summary>Adds a line.</summary>
    public void Read(DomainStateLine line)
    {
        var awaitsPause = _awaitsPause;
        _awaitsPause = false;
        switch (line.Kind)
        {
            case DomainStateLineKind.Heading: Open(line.DomId); break;
            case DomainStateLineKind.Counts: AddCounts(line); break;
            case DomainStateLineKind.Pages when _domain is { Pages: null }: _domain = _domain with { Pages = line.Pages }; break;
            case DomainStateLineKind.Handle when _domain is { Uuid: null }: _domain = _domain with { Uuid = line.Uuid }; break;
            case DomainStateLineKind.Pages or DomainStateLineKind.Handle: LoseHeading(); break;
            case DomainStateLineKind.VcpuHeading: CheckVcpuHeading(line.DomId); break;
            case DomainStateLineKind.Vcpu: Add(line.Vcpu); break;
            case DomainStateLineKind.VcpuPause when awaitsPause && _vcpus.Count > 0:
                _vcpus[^1] = _vcpus[^1] with { PauseCount = line.PauseCount, PauseFlags = line.PauseFlags };
                break;
            case DomainStateLineKind.VcpuPause: _isDamaged = true; break;
            case DomainStateLineKind.Arm: _isArm = true; break;
            case DomainStateLineKind.End: Close(isWhole: true); break;
        }
    }

    /// <summary>
    /// Marks the domain as incomplete after a line that could not be read, because the line can have been a vCPU or a heading.
    /// </summary>
    public void ReadBroken()
    {
        _isDamaged = true;
        _awaitsPause = false;
    }

    /// <summary>Ends the dump. Its last domain counts as incomplete, because lines after the last one can be missing.</summary>
    public void End() => Close(isWhole: false);

    private void Open(ushort domId)
    {
        Close(isWhole: true);
        _domain = new HypervisorDomainState(domId, [], HasAllVcpus: false);
        _lastDomain = domId;
        _hasCounts = _isDamaged = _isArm = false;
    }

    private void AddCounts(DomainStateLine line)
    {
        // Each domain has one line of counts. If no domain has begun, or the domain has its line already, a heading is missing before this
        // line.
        if (_domain is null || _hasCounts)
        {
            LoseHeading();
            return;
        }
        _hasCounts = true;
        _domain = _domain with
        {
            ReferenceCount = line.References,
            IsDying = line.IsDying,
            PauseCount = line.PauseCount,
            Pages = line.Pages,
        };
    }

    // Reads the heading of a domain's vCPUs. It normally follows the first heading of the same domain. Otherwise that first heading is
    // missing, and this heading begins the domain, because it contains the number of the domain too.
    private void CheckVcpuHeading(ushort domId)
    {
        if (_domain?.DomId == domId && _vcpus.Count == 0) return;
        LoseHeading();
        if (domId > _lastDomain) Open(domId);
    }

    private void Add(HypervisorVcpu vcpu)
    {
        if (_domain is null) return;
        if (_vcpus.Count > 0 && vcpu.Vcpu <= _vcpus[^1].Vcpu)
        {
            // The vCPU is not higher than the last one, so it belongs to another domain, whose heading is missing. Where the vCPUs of that
            // domain begin is not known, so all vCPUs since the last heading are discarded.
            _vcpus.Clear();
            LoseHeading();
            return;
        }
        _vcpus.Add(vcpu);
        VcpuCount++;
        _awaitsPause = true;
    }

    private void LoseHeading()
    {
        _isDamaged = true;
        Close(isWhole: false);
    }

    private void Close(bool isWhole)
    {
        if (_domain is { } domain)
        {
            // Xen numbers vCPUs without gaps, so a gap shows that the line of a vCPU is missing.
            var hasAll = isWhole && !_isDamaged && _vcpus.Count > 0 && _vcpus[^1].Vcpu == _vcpus.Count - 1;
            _domains[domain.DomId] = domain with { Vcpus = [.. _vcpus.Select(ToKnown)], HasAllVcpus = hasAll };
        }
        _domain = null;
        _vcpus.Clear();
    }

    private HypervisorVcpu ToKnown(HypervisorVcpu vcpu) =>
        vcpu.Vcpu >= (_isArm ? SlotsOfArm : SlotsOfX86) && vcpu.PauseFlags?.HasFlag(VcpuPauseFlags.Down) != false
            ? vcpu with { UpcallPending = null, UpcallMask = null }
            : _isArm ? vcpu with { UpcallMask = null }
            : vcpu;
}
