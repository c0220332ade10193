using System.Collections.ObjectModel;

namespace XenShared;

/// <summary>
/// Represents a list whose ToString returns its values, because Export-Csv writes that text. The ToString of other lists returns only the
/// name of the type.
/// </summary>
public sealed class ValueList<T>(IEnumerable<T> values) : ReadOnlyCollection<T>([.. values])
{
    /// <summary>Returns the values: numbers separated by spaces, others by semicolons.</summary>
    public override string ToString() => string.Join(typeof(T).IsPrimitive ? " " : "; ", this);
}
