namespace XenShared.Native.Tests.Oracle;

/// <summary>Represents a scalar member, or an array of scalars, as the compiler placed it.</summary>
/// <param name="Name">Its path, such as <c>arch.max_pfn</c>; <c>[]</c> follows a member that is an array of structures.</param>
/// <param name="Offset">The offset in bytes from the start of the outermost structure (in an array, that of its first element).</param>
/// <param name="Width">The size of one scalar in bytes.</param>
/// <param name="Count">The number of elements of the array, or 1.</param>
/// <param name="Signed">Whether it is a signed integer.</param>
public sealed record HeaderField(string Name, int Offset, int Width, int Count = 1, bool Signed = false)
{
    /// <summary>Gets a value indicating whether the member is padding, according to its name.</summary>
    public bool IsPadding => Name.Split('.')[^1].StartsWith("pad", StringComparison.Ordinal);
}
