namespace XenShared.Tests.Support;

/// <summary>Checks the form of messages.</summary>
internal static class Messages
{
    /// <summary>Checks that a message is one sentence: the problem and, after a semicolon, the advice.</summary>
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

    /// <summary>Checks that a message is one sentence that names the domain.</summary>
    public static void AssertSentence(string message, ushort domId)
    {
        AssertSentence(message);
        Assert.Matches($@"\b[Dd]omain {domId}\b", message);
    }
}
