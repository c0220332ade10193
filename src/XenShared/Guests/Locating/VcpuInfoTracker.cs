using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;

namespace XenShared.Guests.Locating;

/// <summary>
/// Tracks places in guest memory that look like vCPU records (<c>vcpu_info</c>). Xen updates a record only when its vCPU runs. So a place
/// whose version and time advance is a record, and it does not belong to a vCPU that did not run while the version changed.
/// </summary>
internal sealed class VcpuInfoTracker
{
    private readonly IReadOnlyList<GuestAddress> _places;
    private readonly int[] _vcpus;
    private readonly List<VcpuInfoSample> _samples = [];

    /// <summary>Creates a tracker.</summary>
    /// <param name="places">The places, in ascending order.</param>
    /// <param name="vcpus">The vCPUs whose records are not in the shared page.</param>
    public VcpuInfoTracker(IReadOnlyList<GuestAddress> places, IReadOnlyList<int> vcpus)
    {
        _places = places;
        _vcpus = [.. vcpus];
    }

    /// <summary>Gets the addresses of the tracked places.</summary>
    public IReadOnlyList<GuestAddress> Places => _places;

    /// <summary>Gets the last sample; null before the first one.</summary>
    public VcpuInfoSample? Latest => _samples.Count > 0 ? _samples[^1] : null;

    /// <summary>Gets the time from the first sample to the last.</summary>
    public TimeSpan Watched => _samples.Count > 0 ? _samples[^1].TakenAt - _samples[0].TakenAt : TimeSpan.Zero;

    /// <summary>
    /// Gets a value indicating whether tracking can end: there are no places, or the record of every online vCPU is known and was
    /// consistent in the last sample. Two samples can show that a place changes, but the run time between them is known only from a third.
    /// </summary>
    public bool IsDecided =>
        _places.Count == 0
        || _samples is [_, _, .., var last]
            && Assign() is var assigned
            && Wanted().All(vcpu => assigned.Any(owner => owner.Vcpu == vcpu && last.Records[owner.Place] is not null));

    /// <summary>Adds a sample.</summary>
    public void Add(VcpuInfoSample sample) => _samples.Add(sample);

    /// <summary>
    /// Returns the places that are known to be the record of a vCPU, with the evidence; the places are indexes of <see cref="Places"/>.
    /// </summary>
    public IReadOnlyList<(int Place, int Vcpu, string Evidence)> Assign()
    {
        var moving = Moving();
        var wanted = Wanted();
        // If more places change than vCPUs are online, some of the places are not records. Which ones is not known, so none is used.
        if (moving.Count == 0 || moving.Count > wanted.Count) return [];
        if (wanted.Count == 1)
            return IsExcluded(moving[0], wanted[0])
                ? []
                :
                [
                    (
                        moving[0],
                        wanted[0],
                        "the only place in its memory that Xen keeps up to date, for the only vCPU that the page does not keep"),
                ];
        var byRunTime = ByRunTimes(moving, wanted);
        return byRunTime.Count == moving.Count || moving.Count < wanted.Count ? byRunTime : ByOrder(moving, wanted) ?? byRunTime;
    }

    /// <summary>Returns the indexes of the places whose version and time advanced. Only live records do this.</summary>
    public IReadOnlyList<int> Moving() => [.. Enumerable.Range(0, _places.Count).Where(IsMoving)];

    // Returns those of the vCPUs that are online. Xen does not update the record of an offline vCPU, so its record cannot be found.
    private List<int> Wanted() => [.. _vcpus.Where(vcpu => Latest?.Vcpu(vcpu) is { Online: true })];

    private bool IsMoving(int place)
    {
        byte[]? first = null, last = null;
        ulong highest = 0;
        var steps = 0;
        foreach (var record in _samples.Select(sample => sample.Records[place]))
        {
            if (record is null) continue;
            first ??= record;
            if (last is not null && VcpuInfoReader.Version(record) is var version && version != VcpuInfoReader.Version(last))
            {
                // Xen never decreases the version of a record, and its time decreases only a little. So a place that does not follow this
                // is not a record.
                if ((int)(version - VcpuInfoReader.Version(last)) < 0
                    || VcpuInfoReader.SystemTime(record) + ClockArithmetic.MaximumBackwardStep < highest)
                    return false;
                steps++;
            }
            highest = Math.Max(highest, VcpuInfoReader.SystemTime(record));
            last = record;
        }
        // Whenever Xen changes the version of a record, it changes the time too. So the time must have advanced as well.
        return steps > 0 && VcpuInfoReader.SystemTime(last) > VcpuInfoReader.SystemTime(first);
    }

    private List<(int Place, int Vcpu, string Evidence)> ByRunTimes(IReadOnlyList<int> moving, List<int> wanted)
    {
        var possible = moving.ToDictionary(place => place, place => wanted.Where(vcpu => !IsExcluded(place, vcpu)).ToHashSet());
        var assigned = new List<(int, int, string)>();
        // If only one vCPU is possible for a place, the place is assigned to this vCPU, and the vCPU is removed from all other places. Then
        // only one vCPU may be left for another place.
        while (possible.FirstOrDefault(entry => entry.Value.Count == 1) is { Value: not null } certain)
        {
            var vcpu = certain.Value.Single();
            assigned.Add((certain.Key, vcpu, "Xen keeps it up to date, and only this vCPU ran each time"));
            possible.Remove(certain.Key);
            foreach (var others in possible.Values) others.Remove(vcpu);
        }
        return assigned;
    }

    // Determines whether a place cannot be the record of a vCPU, because the place changed while the vCPU did not run. The change was
    // between two successive samples. A sample reads the run times before the records, so the vCPU can have run after the run times of the
    // second sample were read. So the run times of the first sample and of the sample after the second are compared.
    private bool IsExcluded(int place, int vcpu)
    {
        for (var at = 1; at + 1 < _samples.Count; at++)
        {
            if (_samples[at - 1].Records[place] is not { } before
                || _samples[at].Records[place] is not { } after
                || VcpuInfoReader.Version(before) == VcpuInfoReader.Version(after))
                continue;
            if (_samples[at - 1].Vcpu(vcpu) is { Running: false } first
                && _samples[at + 1].Vcpu(vcpu) is { Running: false } last
                && first.CpuTimeNanoseconds == last.CpuTimeNanoseconds)
                return true;
        }
        return false;
    }

    // Assigns the places to the vCPUs in ascending order. Linux places its per-CPU areas, which contain the records, in the order of the
    // CPUs and at equal distances. Returns null if the distances are not equal, or if a place changed while its vCPU did not run.
    private List<(int Place, int Vcpu, string Evidence)>? ByOrder(IReadOnlyList<int> moving, List<int> wanted)
    {
        var places = moving.Select(place => _places[place]).ToArray();
        var distance = places[1].Pfn - places[0].Pfn;
        for (var at = 0; at < places.Length; at++)
        {
            if (places[at].Offset != places[0].Offset
                || at > 0 && places[at].Pfn - places[at - 1].Pfn != distance
                || IsExcluded(moving[at], wanted[at]))
                return null;
        }
        return
        [
            .. moving.Select(
                (place, at) =>
                    (
                        place,
                        wanted[at],
                        $"Xen keeps it up to date; inferred to be this vCPU's from the order of the {places.Length} records, which have "
                            + $"equal distances, as in Linux")),
        ];
    }
}
