namespace XenShared.Native.Tests.Oracle;

/// <summary>
/// Represents a type in the compiler's debug information (an entry of <c>.debug_info</c>), or a member or an array bound of a type.
/// </summary>
internal sealed class HeaderType(string tag)
{
    private const int SignedEncoding = 5;
    private const int SignedCharacterEncoding = 6;

    /// <summary>Gets the tag, such as DW_TAG_structure_type or DW_TAG_member.</summary>
    public string Tag { get; } = tag;

    public string Name { get; set; } = "";

    public int Size { get; set; }

    /// <summary>Gets or sets the offset of a member. Members of a union have none, and are at 0.</summary>
    public int Offset { get; set; }

    public int Encoding { get; set; }

    /// <summary>Gets or sets the last index of an array bound.</summary>
    public int UpperBound { get; set; } = -1;

    /// <summary>Gets or sets the position of the type that this one refers to.</summary>
    public int? Reference { get; set; }

    public List<HeaderType> Children { get; } = [];

    public bool IsSigned => Encoding is SignedEncoding or SignedCharacterEncoding;

    public bool IsAggregate => Tag is "DW_TAG_structure_type" or "DW_TAG_union_type";

    public bool IsArray => Tag == "DW_TAG_array_type";
}
