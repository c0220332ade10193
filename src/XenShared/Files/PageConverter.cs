using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>
/// Reads the Base64 text of a page directly into its bytes. The converter of the framework decodes into a rented array first, copies the
/// bytes and clears that array.
/// </summary>
internal sealed class PageConverter : JsonConverter<byte[]>
{
    // The length of the Base64 text of a page.
    private const int TextLength = (SharedInfoLayout.PageSize + 2) / 3 * 4;

    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var page = GC.AllocateUninitializedArray<byte>(SharedInfoLayout.PageSize);
        return TryDecode(ref reader, page) ? page : reader.GetBytesFromBase64();
    }

    /// <summary>Decodes the plain Base64 text of a page. Any other text is left to the framework.</summary>
    /// <param name="reader">The reader of the text.</param>
    /// <param name="page">Gets the 4,096 bytes.</param>
    public static bool TryDecode(ref Utf8JsonReader reader, scoped Span<byte> page) =>
        reader.TokenType == JsonTokenType.String
        && !reader.HasValueSequence
        && !reader.ValueIsEscaped
        && reader.ValueSpan.Length == TextLength
        && Base64.DecodeFromUtf8(reader.ValueSpan, page, out var read, out var written) == OperationStatus.Done
        && read == TextLength
        && written == page.Length;

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value);
}
