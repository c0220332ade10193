namespace XenShared.Queries;

/// <summary>Collects the text of an object's <c>Note</c>: why properties are null, and remarks about other properties.</summary>
internal sealed class NullReasons
{
    private readonly List<(string Property, string Reason)> _reasons = [];

    /// <summary>Adds a reason if the value is null.</summary>
    public void Add(string property, object? value, string? reason)
    {
        if (value is null) _reasons.Add((property, reason ?? "it is not known"));
    }

    /// <summary>Adds a remark about a property that is known.</summary>
    public void AddRemark(string property, string remark) => _reasons.Add((property, remark));

    /// <summary>Returns one text, in which properties with the same reason share one clause; null if nothing was added.</summary>
    public string? ToNote() =>
        _reasons.Count == 0
            ? null
            : string.Join(
                "; ",
                _reasons
                    .GroupBy(entry => entry.Reason, entry => entry.Property)
                    .Select(group => $"{string.Join(", ", group)}: {group.Key}"));
}
