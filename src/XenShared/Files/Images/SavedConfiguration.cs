using System.Buffers.Binary;
using System.Text.Json;

namespace XenShared.Files.Images;

/// <summary>
/// Reads the guest's configuration, which <c>xl save</c> writes before the stream (<c>tools/xl/xl.h</c>). It describes what the user
/// configured, not the state of the guest, so only a few parts are used.
/// </summary>
/// <param name="Name">The guest's name; null if the file does not contain it.</param>
/// <param name="Uuid">The UUID; null if the file does not contain it.</param>
/// <param name="Type">The type of the guest; null if the file does not contain it.</param>
internal readonly record struct SavedConfiguration(string? Name, Guid? Uuid, DomainType? Type)
{
    private const int HeaderBytes = 48;
    private const uint LittleEndianMark = 0x0102_0304;
    private const uint JsonFlag = 1;
    private const uint StreamFlag = 2;

    /// <summary>Gets the first bytes of such a file.</summary>
    public static ReadOnlySpan<byte> Start => "Xen saved domain, xl format\n \0 \r"u8;

    /// <summary>Reads the configuration.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="end">Receives the offset of the stream, which follows the configuration; 0 if there is no header of xl.</param>
    public static SavedConfiguration Read(FileBytes file, ImageLimits limits, out long end)
    {
        end = 0;
        if (!file.StandsAt(0, Start)) return default;
        Span<byte> header = stackalloc byte[HeaderBytes];
        file.Read(0, header, "xl header");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[32..]) != LittleEndianMark)
            throw file.NotRecognised("it is big endian", "open it where it was made");
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(header[36..]);
        if ((flags & ~(JsonFlag | StreamFlag)) != 0)
            throw file.NotRecognised($"its flags 0x{flags:x} are not supported", "use a newer version of this program");
        if ((flags & StreamFlag) == 0)
            throw file.NotRecognised(
                "it was saved by Xen 4.5 or older, in a format without records",
                "restore it and save it again on a later Xen");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[44..]);
        if (length > limits.MaximumConfigBytes)
            throw file.Damaged(44, $"its configuration has {length} bytes, more than {limits.MaximumConfigBytes}");
        end = HeaderBytes + length;
        file.Check(HeaderBytes, length, "configuration");
        if (length < sizeof(uint) || (flags & JsonFlag) == 0) return default;
        var size = file.ReadUInt32(HeaderBytes, "configuration");
        if (size > length - sizeof(uint))
            throw file.Damaged(
                HeaderBytes,
                $"its configuration has {size} bytes, more than the {length - sizeof(uint)} that are there for it");
        var text = new byte[size];
        file.Read(HeaderBytes + sizeof(uint), text, "configuration");
        return Parse(text.AsMemory().TrimEnd((byte)0));
    }

    // Returns the name, UUID and type in the configuration. All three are optional, so a value that cannot be read is null.
    private static SavedConfiguration Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("c_info", out var info)
                || info.ValueKind != JsonValueKind.Object)
                return default;
            return new SavedConfiguration(
                Text(info, "name"),
                Guid.TryParse(Text(info, "uuid"), out var uuid) && uuid != Guid.Empty ? uuid : null,
                Text(info, "type") switch { "pv" => DomainType.PV, "pvh" => DomainType.PVH, "hvm" => DomainType.HVM, _ => null });
        }
        catch (JsonException)
        {
            return default;
        }
        // GetString throws this if an escape is half of a surrogate pair.
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 and <= 1024 } text
            ? text
            : null;
}
