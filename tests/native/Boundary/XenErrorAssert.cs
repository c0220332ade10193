using System.Text.RegularExpressions;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Checks the properties that every error of the native boundary must have.</summary>
internal static partial class XenErrorAssert
{
    /// <summary>Checks the id, the call and its errno, the domain, and the message.</summary>
    public static void Is(XenException error, XenErrorId id, string? operation, int? errno, ushort? domId = null)
    {
        Assert.Equal(id, error.Id);
        Assert.Equal(operation, error.Operation);
        Assert.Equal(errno, error.Errno);
        Assert.Equal(domId, error.DomId);
        IsUseful(error);
    }

    /// <summary>Checks that the message is one sentence that ends with advice.</summary>
    public static void IsUseful(XenException error)
    {
        Assert.False(string.IsNullOrWhiteSpace(error.Advice));
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.DoesNotMatch(SentenceEnd(), error.Message);
        Assert.DoesNotContain('\n', error.Message);
        var advice = error.Message[(error.Message.LastIndexOf("; ", StringComparison.Ordinal) + 2)..];
        Assert.Equal(error.Advice, char.ToUpperInvariant(advice[0]) + advice[1..]);
        if (error.Errno is { } errno) Assert.Contains($"{error.Operation}: {Errno.Name(errno)}", error.Message, StringComparison.Ordinal);
        if (error is { DomId: { } domId, IsFatal: false }) Assert.Contains($"omain {domId}", error.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"[.!?] ")]
    private static partial Regex SentenceEnd();
}
