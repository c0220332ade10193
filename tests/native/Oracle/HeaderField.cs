namespace XenShared.Native.Tests.Oracle;

/// <summary>Represents a scalar member, or an array of scalars, as the compiler placed it.</summary>
/// <param name="Name">Its path, such as <c>arch.max_pfn</c>; <c>[]</c> follows a member that is an array of structures.</param>
/// <param name="Offset">Bytes from the start of the outermost structure (of its first element, within an array).</param>
/// <param name="Width">Bytes of one scalar.</param>
/// <param name="Count">1, or the elements of the array.</param>
/// <param name="Signed">Whether it is a signed integer.</param>
public sealed record HeaderField(string Name, int Offset, int Width, int Count = 1, bool Signed = false)
{
    /// <summary>Gets a value indicating whether the member is padding, according to its name.</summary>
    public bool IsPadding => Name.Split('.')[^1].StartsWith("pad", StringComparison.Ordinal);
}
