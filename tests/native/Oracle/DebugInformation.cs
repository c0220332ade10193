using System.Globalization;
using System.Text.RegularExpressions;

namespace XenShared.Native.Tests.Oracle;

/// <summary>Reads structures from the output of <c>readelf --debug-dump=info</c> about an object.</summary>
internal sealed partial class DebugInformation
{
    private readonly Dictionary<int, HeaderType> _types = [];

    public DebugInformation(IEnumerable<string> lines)
    {
        var open = new Stack<HeaderType>();
        foreach (var line in lines)
        {
            if (Entry().Match(line) is { Success: true } entry)
            {
                var depth = int.Parse(entry.Groups["depth"].Value, CultureInfo.InvariantCulture);
                var type = new HeaderType(entry.Groups["tag"].Value);
                while (open.Count > depth) open.Pop();
                if (open.TryPeek(out var parent)) parent.Children.Add(type);
                open.Push(type);
                _types[Hexadecimal(entry.Groups["at"].Value)] = type;
            }
            else if (open.TryPeek(out var current) && Attribute().Match(line) is { Success: true } attribute)
            {
                Set(current, attribute.Groups["name"].Value, attribute.Groups["value"].Value.Trim());
            }
        }
    }

    /// <summary>Returns the size of a structure in bytes.</summary>
    public int Size(string structure) => Find(structure).Size;

    /// <summary>Returns every scalar member of a structure, including those of nested structures, in the order of the headers.</summary>
    public IReadOnlyList<HeaderField> Fields(string structure)
    {
        var fields = new List<HeaderField>();
        AddMembers(fields, Find(structure), "", 0);
        return fields;
    }

    private HeaderType Find(string structure) =>
        _types.Values.Single(type => type.IsAggregate && type.Name == structure && (type.Size > 0 || type.Children.Count == 0));

    private void AddMembers(List<HeaderField> fields, HeaderType aggregate, string prefix, int start)
    {
        foreach (var member in aggregate.Children.Where(child => child.Tag == "DW_TAG_member"))
        {
            var type = Resolve(member);
            var count = 1;
            var name = prefix + member.Name;
            if (type.IsArray)
            {
                count = type.Children.Single(child => child.Tag == "DW_TAG_subrange_type").UpperBound + 1;
                type = Resolve(type);
                if (type.IsAggregate) name += "[]";
            }
            if (type.IsAggregate) AddMembers(fields, type, name + ".", start + member.Offset);
            else fields.Add(new HeaderField(name, start + member.Offset, type.Size, count, type.IsSigned));
        }
    }

    private HeaderType Resolve(HeaderType type)
    {
        do type = _types[type.Reference ?? throw new InvalidDataException($"{type.Tag} {type.Name} has no type.")];
        while (type.Tag is "DW_TAG_typedef" or "DW_TAG_const_type" or "DW_TAG_volatile_type");
        return type;
    }

    private static void Set(HeaderType type, string attribute, string value)
    {
        switch (attribute)
        {
            case "name": type.Name = value; break;
            case "byte_size": type.Size = Number(value); break;
            case "data_member_location": type.Offset = Number(value); break;
            case "encoding": type.Encoding = Number(value); break;
            case "upper_bound": type.UpperBound = Number(value); break;
            case "type": type.Reference = Hexadecimal(Reference().Match(value).Groups["at"].Value); break;
        }
    }

    private static int Number(string value)
    {
        var digits = value.Split([' ', '\t'])[0];
        return digits.StartsWith("0x", StringComparison.Ordinal)
            ? Hexadecimal(digits[2..])
            : int.Parse(digits, CultureInfo.InvariantCulture);
    }

    private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\s*<(?<depth>\d+)><(?<at>[0-9a-f]+)>: Abbrev Number: \d+ \((?<tag>DW_TAG_\w+)\)")]
    private static partial Regex Entry();

    // "DW_AT_name : (strp) (offset: 0x12): wc_sec", "(indirect string, offset: 0x12): wc_sec" and "wc_sec" all occur.
    [GeneratedRegex(@"^\s*<[0-9a-f]+>\s+DW_AT_(?<name>\w+)\s*:\s*(?:\([^)]*\)\s*:?\s*)*(?<value>.*)$")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"<0x(?<at>[0-9a-f]+)>")]
    private static partial Regex Reference();
}
