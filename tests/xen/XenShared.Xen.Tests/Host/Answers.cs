using System.Text.Json;
using System.Text.Json.Serialization;
using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Host;

/// <summary>Represents the output of <c>xenshared --json</c>: its objects, and its standard error.</summary>
/// <param name="Objects">The objects, one per line of output.</param>
/// <param name="Text">The lines themselves.</param>
/// <param name="Errors">Lines of standard error.</param>
/// <param name="ExitCode">Its exit status.</param>
internal sealed record Answers<T>(IReadOnlyList<T> Objects, string Text, IReadOnlyList<string> Errors, int ExitCode)
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        Converters = { new JsonStringEnumConverter(), new Base64Bytes() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        TypeInfoResolver = ModelResolver.Create(),
    };

    /// <summary>
    /// Reads the answers of a command that did its work, even if it found nothing; with <paramref name="failureAllowed"/> also of one that
    /// failed.
    /// </summary>
    public static Answers<T> Parse(CommandResult result, bool failureAllowed = false)
    {
        if (result.ExitCode is not (0 or 1) && !failureAllowed) result.Succeeded();
        var lines = result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new(
            [.. lines.Select(line => JsonSerializer.Deserialize<T>(line, s_options)!)],
            result.Text,
            result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            result.ExitCode);
    }
}
