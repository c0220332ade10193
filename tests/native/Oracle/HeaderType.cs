namespace XenShared.Native.Tests.Oracle;

/// <summary>A type in the compiler's debug information (an entry of <c>.debug_info</c>), or a member or an array bound of one.</summary>
internal sealed class HeaderType(string tag)
{
    private const int SignedEncoding = 5;
    private const int SignedCharacterEncoding = 6;

    /// <summary>DW_TAG_structure_type, DW_TAG_member, ...</summary>
    public string Tag { get; } = tag;

    public string Name { get; set; } = "";

    public int Size { get; set; }

    /// <summary>Of members; members of a union have none, and stand at 0.</summary>
    public int Offset { get; set; }

    public int Encoding { get; set; }

    /// <summary>Of array bounds: the last index.</summary>
    public int UpperBound { get; set; } = -1;

    /// <summary>Where the type that this one refers to is.</summary>
    public int? Reference { get; set; }

    public List<HeaderType> Children { get; } = [];

    public bool IsSigned => Encoding is SignedEncoding or SignedCharacterEncoding;

    public bool IsAggregate => Tag is "DW_TAG_structure_type" or "DW_TAG_union_type";

    public bool IsArray => Tag == "DW_TAG_array_type";
}
