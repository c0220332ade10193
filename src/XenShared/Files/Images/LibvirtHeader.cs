using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace XenShared.Files.Images;

/// <summary>
/// Reads the header that <c>virsh save</c> and managed save write before the libxl stream (<c>libxlSavefileHeader</c> in
/// <c>src/libxl/libxl_conf.h</c> of libvirt): magic, version, the length of the domain's XML, and the XML.
/// </summary>
internal static partial class LibvirtHeader
{
    private const int HeaderBytes = 64;

    // Version 1 is for streams of Xen 4.5 and older, which are not supported.
    private const uint StreamVersion = 2;

    /// <summary>Gets the first bytes of such a file.</summary>
    public static ReadOnlySpan<byte> Start => "libvirt-xml\n \0 \r"u8;

    /// <summary>Reads the header.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="end">Receives the offset of the libxl stream, which follows the header.</param>
    public static SavedConfiguration Read(FileBytes file, ImageLimits limits, out long end)
    {
        var (version, length) = (file.ReadUInt32(16, "libvirt header"), file.ReadUInt32(20, "libvirt header"));
        if (version != StreamVersion)
            throw file.NotRecognised(
                $"its libvirt header has version {version}, but only version {StreamVersion} is supported",
                "restore it and save it again on a later Xen");
        if (length > limits.MaximumConfigBytes)
            throw file.Damaged(20, $"the XML of its domain has {length} bytes, more than {limits.MaximumConfigBytes}");
        var text = new byte[length];
        file.Read(HeaderBytes, text, "XML of the domain");
        end = HeaderBytes + length;
        return Parse(Encoding.UTF8.GetString(text));
    }

    // Returns name, UUID and type from the XML, each null if it cannot be found. libvirt writes name and UUID first, and the type in <os>,
    // so patterns can find them. The XML reader of .NET is not used, because it would make the executable a third larger.
    private static SavedConfiguration Parse(string xml) => new(
        Name().Match(xml) is { Success: true } name ? WebUtility.HtmlDecode(name.Groups[1].Value) : null,
        Guid.TryParse(Uuid().Match(xml).Groups[1].Value, out var uuid) && uuid != Guid.Empty ? uuid : null,
        Type().Match(xml).Groups[1].Value switch
        {
            "linux" or "xen" => DomainType.PV,
            "xenpvh" => DomainType.PVH,
            "hvm" => DomainType.HVM,
            _ => null,
        });

    [GeneratedRegex(@"^\s*<domain\b[^<>]{0,1024}>\s*<name>([^<>]{1,1024})</name>")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\s*<domain\b[^<>]{0,1024}>\s*<name>[^<>]{0,1024}</name>\s*<uuid>([0-9A-Fa-f-]{36})</uuid>")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"<os\b[^<>]{0,1024}>\s*<type\b[^<>]{0,1024}>([a-z]{1,16})</type>")]
    private static partial Regex Type();
}
