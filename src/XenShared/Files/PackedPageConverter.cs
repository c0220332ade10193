using System.Text.Json;
using System.Text.Json.Serialization;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>Reads the Base64 text of a page, which checks it, and packs the page.</summary>
internal sealed class PackedPageConverter : JsonConverter<PackedPage>
{
    public override PackedPage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Span<byte> page = stackalloc byte[SharedInfoLayout.PageSize];
        return PageConverter.TryDecode(ref reader, page) ? PackedPage.Pack(page) : PackedPage.From(reader.GetBytesFromBase64());
    }

    public override void Write(Utf8JsonWriter writer, PackedPage value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(value.Unpack().Span);
}
