using XenShared.Guests.Memory;
namespace XenShared.Guests.Locating;

/// <summary>
/// Watches places in a guest's memory that look like vCPU records. Xen updates a record when its vCPU runs, and only then; so a place whose
/// version and time move forward is one, and it is none of a vCPU that did not run while it moved.
/// </summary>
internal sealed class VcpuInfoTracker
{
    private readonly IReadOnlyList<GuestAddress> _places;
    private readonly int[] _vcpus;
    private readonly List<VcpuInfoSample> _samples = [];

    /// <summary>Begins to watch.</summary>
    /// <param name="places">Where, in ascending order.</param>
    /// <param name="vcpus">vCPUs whose records are not in the shared page.</param>
    public VcpuInfoTracker(IReadOnlyList<GuestAddress> places, IReadOnlyList<int> vcpus)
    {
        _places = places;
        _vcpus = [.. vcpus];
    }

    /// <summary>Gets the places.</summary>
    public IReadOnlyList<GuestAddress> Places => _places;

    /// <summary>Gets the last look; null before the first.</summary>
    public VcpuInfoSample? Latest => _samples.Count > 0 ? _samples[^1] : null;

    /// <summary>Gets how long they have been watched: from the first look to the last.</summary>
    public TimeSpan Watched => _samples.Count > 0 ? _samples[^1].TakenAt - _samples[0].TakenAt : TimeSpan.Zero;

    /// <summary>
    /// Gets a value indicating whether every vCPU that is online has its record, at rest when it was last looked at, or there can be none.
    /// Two looks can show that a place moves; that its vCPU ran meanwhile shows with the third.
    /// </summary>
    public bool IsDecided =>
        _places.Count == 0
        || _samples is [_, _, .., var last]
            && Assign() is var assigned
            && Wanted().All(vcpu => assigned.Any(owner => owner.Vcpu == vcpu && last.Records[owner.Place] is not null));

    /// <summary>Takes one more look into account.</summary>
    public void Add(VcpuInfoSample sample) => _samples.Add(sample);

    /// <summary>Returns the places that are known to be some vCPU's record, with what tells it.</summary>
    public IReadOnlyList<(int Place, int Vcpu, string Evidence)> Assign()
    {
        var moving = Moving();
        var wanted = Wanted();
        // More than there are vCPUs: some are imitations, and nothing tells which.
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

    /// <summary>Places that moved forward, as only a record does that is kept up to date.</summary>
    public IReadOnlyList<int> Moving() => [.. Enumerable.Range(0, _places.Count).Where(IsMoving)];

    // A vCPU that is not online has no business with Xen.
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
                // Backwards is nothing that Xen does.
                if (
                    (int)(version - VcpuInfoReader.Version(last)) < 0
                    || VcpuInfoReader.SystemTime(record) + VcpuInfoReader.MaximumBackwardStep < highest)
                    return false;
                steps++;
            }
            highest = Math.Max(highest, VcpuInfoReader.SystemTime(record));
            last = record;
        }
        // Nor does the time stand while the version moves.
        return steps > 0 && VcpuInfoReader.SystemTime(last) > VcpuInfoReader.SystemTime(first);
    }

    private List<(int Place, int Vcpu, string Evidence)> ByRunTimes(IReadOnlyList<int> moving, List<int> wanted)
    {
        var possible = moving.ToDictionary(place => place, place => wanted.Where(vcpu => !IsExcluded(place, vcpu)).ToHashSet());
        var assigned = new List<(int, int, string)>();
        // Whoever has one possibility left takes it from the others.
        while (possible.FirstOrDefault(entry => entry.Value.Count == 1) is { Value: not null } certain)
        {
            var vcpu = certain.Value.Single();
            assigned.Add((certain.Key, vcpu, "Xen keeps it up to date, and no other vCPU ran each time"));
            possible.Remove(certain.Key);
            foreach (var others in possible.Values) others.Remove(vcpu);
        }
        return assigned;
    }

    // Run times are read before the records of the same look. So what did not run from the look before to the look after did not run while
    // the record moved.
    private bool IsExcluded(int place, int vcpu)
    {
        for (var at = 1; at + 1 < _samples.Count; at++)
        {
            if (
                _samples[at - 1].Records[place] is not { } before
                || _samples[at].Records[place] is not { } after
                || VcpuInfoReader.Version(before) == VcpuInfoReader.Version(after))
                continue;
            if (
                _samples[at - 1].Vcpu(vcpu) is { Running: false } first
                && _samples[at + 1].Vcpu(vcpu) is { Running: false } last
                && first.CpuTimeNanoseconds == last.CpuTimeNanoseconds)
                return true;
        }
        return false;
    }

    // Linux has its per-CPU areas one after the other in the order of the CPUs, so the records lie at one distance.
    private List<(int Place, int Vcpu, string Evidence)>? ByOrder(IReadOnlyList<int> moving, List<int> wanted)
    {
        var places = moving.Select(place => _places[place]).ToArray();
        var distance = places[1].Pfn - places[0].Pfn;
        for (var at = 0; at < places.Length; at++)
        {
            if (
                places[at].Offset != places[0].Offset
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
                        $"Xen keeps it up to date; inferred to be this vCPU's from the order of the {places.Length} records, which lie at "
                            + $"one distance as Linux lays them out")),
        ];
    }
}
