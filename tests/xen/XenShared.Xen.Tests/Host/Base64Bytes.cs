using System.Text.Json;
using System.Text.Json.Serialization;

namespace XenShared.Xen.Tests.Host;

/// <summary>Reads the bytes of a page, which the program prints in base64.</summary>
internal sealed class Base64Bytes : JsonConverter<IReadOnlyList<byte>>
{
    public override IReadOnlyList<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetBytesFromBase64();

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<byte> value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue([.. value]);
}
