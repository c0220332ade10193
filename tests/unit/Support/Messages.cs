namespace XenShared.Tests.Support;

/// <summary>How messages must read.</summary>
internal static class Messages
{
    /// <summary>One sentence: the problem and, after a semicolon, the advice.</summary>
    public static void AssertSentence(string message)
    {
        Assert.NotEmpty(message);
        Assert.True(message.EndsWith('.'), $"No full stop: {message}");
        Assert.DoesNotMatch(@"[.;,]\s*[.;,]", message);
        Assert.DoesNotMatch(@"\.\s+[A-Z]", message);
        Assert.DoesNotContain("  ", message);
        Assert.DoesNotContain('\n', message);
        Assert.Contains(';', message);
    }

    /// <summary>The same, and it names the domain.</summary>
    public static void AssertSentence(string message, ushort domId)
    {
        AssertSentence(message);
        Assert.Matches($@"\b[Dd]omain {domId}\b", message);
    }
}
