using System.Xml;

namespace XenShared.Files.Images;

/// <summary>
/// Reads the header that <c>virsh save</c> and managed save write before the libxl stream (<c>libxlSavefileHeader</c> in
/// <c>src/libxl/libxl_conf.h</c> of libvirt): magic, version, the length of the domain's XML, and the XML.
/// </summary>
internal static class LibvirtHeader
{
    private const int HeaderBytes = 64;

    // Version 1 is for streams of Xen 4.5 and older.
    private const uint StreamVersion = 2;

    /// <summary>Gets the first bytes of such a file.</summary>
    public static ReadOnlySpan<byte> Start => "libvirt-xml\n \0 \r"u8;

    /// <summary>Reads the header.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="end">The offset of the stream.</param>
    public static SavedConfiguration Read(FileBytes file, ImageLimits limits, out long end)
    {
        var (version, length) = (file.ReadUInt32(16, "libvirt header"), file.ReadUInt32(20, "libvirt header"));
        if (version != StreamVersion)
            throw file.NotRecognised(
                $"its libvirt header has version {version}, and version {StreamVersion} is read",
                "restore it and save it again on a later Xen");
        if (length > limits.MaximumConfigBytes)
            throw file.Damaged(20, $"the XML of its domain has {length} bytes, more than {limits.MaximumConfigBytes}");
        var text = new byte[length];
        file.Read(HeaderBytes, text, "XML of the domain");
        end = HeaderBytes + length;
        return Parse(text.AsSpan().TrimEnd((byte)0).ToArray());
    }

    // It contains only names, so a part that cannot be read is simply unknown.
    private static SavedConfiguration Parse(byte[] xml)
    {
        var configuration = default(SavedConfiguration);
        try
        {
            using var reader = XmlReader.Create(
                new MemoryStream(xml),
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var path = new Stack<string>();
            while (reader.Read())
            {
                if (reader is { NodeType: XmlNodeType.Element, IsEmptyElement: false }) path.Push(reader.Name);
                else if (reader.NodeType == XmlNodeType.EndElement) path.Pop();
                else if (reader.NodeType == XmlNodeType.Text)
                    configuration = With(configuration, string.Join('/', path.Reverse()), reader.Value.Trim());
            }
        }
        catch (XmlException)
        {
            return configuration;
        }
        return configuration;
    }

    private static SavedConfiguration With(SavedConfiguration configuration, string path, string text) => path switch
    {
        "domain/name" when text.Length is > 0 and <= 1024 => configuration with { Name = text },
        "domain/uuid" when Guid.TryParse(text, out var uuid) && uuid != Guid.Empty => configuration with { Uuid = uuid },
        "domain/os/type" => configuration with
        {
            Type = text switch { "linux" or "xen" => DomainType.PV, "xenpvh" => DomainType.PVH, "hvm" => DomainType.HVM, _ => null },
        },
        _ => configuration,
    };
}
