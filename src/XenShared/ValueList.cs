using System.Collections.ObjectModel;

namespace XenShared;

/// <summary>Represents a list whose text contains its values, because a CSV file contains the text of a list.</summary>
public sealed class ValueList<T>(IEnumerable<T> values) : ReadOnlyCollection<T>([.. values])
{
    /// <summary>Returns the values: numbers separated by spaces, others by semicolons.</summary>
    public override string ToString() => string.Join(typeof(T).IsPrimitive ? " " : "; ", this);
}
