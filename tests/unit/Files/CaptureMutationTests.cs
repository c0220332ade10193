using System.Globalization;
using System.Text;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>
/// Changes a real capture at random. Checks that it is rejected with one of two error ids, or that every query of it succeeds.
/// </summary>
public sealed class CaptureMutationTests
{
    private static readonly string[] s_tokens =
    [
        "null",
        "true",
        "-1",
        "0",
        "1",
        "255",
        "65535",
        "65536",
        "4294967295",
        "18446744073709551615",
        "18446744073709551616",
        "1e308",
        "0.5",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "NaN",
    ];

    private static readonly byte[] s_text = SmallRealCapture();

    [Fact]
    public void BytesThatWereChanged() => AssertHarmless(1000, (text, random) =>
    {
        var changed = text.ToList();
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(changed.Count);
            switch (random.Next(4))
            {
                case 0: changed[at] = (byte)random.Next(256); break;
                case 1: changed[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: changed.Insert(at, (byte)random.Next(256)); break;
                default: changed.RemoveRange(at, Math.Min(random.Next(1, 300), changed.Count - at)); break;
            }
        }
        return [.. changed];
    });

    [Fact]
    public void ValuesThatWereReplaced() => AssertHarmless(1000, (text, random) =>
    {
        var changed = Encoding.UTF8.GetString(text);
        for (var change = random.Next(1, 3); change > 0; change--)
        {
            var colons = Enumerable.Range(0, changed.Length).Where(at => changed[at] == ':' && changed[at - 1] == '"').ToArray();
            var start = colons[random.Next(colons.Length)] + 1;
            var end = changed.IndexOfAny([',', '}', '\n'], start);
            changed = string.Concat(changed.AsSpan(0, start), s_tokens[random.Next(s_tokens.Length)], changed.AsSpan(end));
        }
        return Encoding.UTF8.GetBytes(changed);
    });

    [Fact]
    public void LinesThatWereMoved() => AssertHarmless(200, (text, random) =>
    {
        var lines = Encoding.UTF8.GetString(text).Split('\n').ToList();
        var from = random.Next(lines.Count - 1);
        var line = lines[from];
        if (random.Next(2) == 0) lines.RemoveAt(from);
        lines.Insert(random.Next(lines.Count), line);
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    });

    [Fact]
    public void CompressedBytesThatWereChanged()
    {
        var compressed = CaptureText.Compress(s_text);
        AssertHarmless(400, (_, random) =>
        {
            var changed = compressed.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            return changed;
        });
    }

    private static void AssertHarmless(int cases, Func<byte[], Random, byte[]> change) =>
        Watchdog.Ends(() =>
        {
            var failures = new SortedDictionary<string, string>(StringComparer.Ordinal);
            for (var seed = 0; seed < cases; seed++)
            {
                var bytes = change(s_text, new Random(seed));
                var error = Record.Exception(() => ReadAndAsk(bytes));
                if (error is null or XenException { Id: XenErrorId.FileDamaged or XenErrorId.FileNotRecognised })
                    continue;
                var place = error
                    .StackTrace?.Split('\n')
                    .FirstOrDefault(line => line.Contains("XenShared.", StringComparison.Ordinal))
                    ?.Trim();
                failures.TryAdd(
                    string.Create(CultureInfo.InvariantCulture, $"{error.GetType().Name} {place}"),
                    string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {error.Message}"));
            }
            Assert.True(failures.Count == 0, string.Join('\n', failures));
        });

    private static void ReadAndAsk(byte[] bytes)
    {
        using var target = CaptureText.Open(bytes);
        Assert.NotEmpty(Answers.Read(target));
    }

    // Two domains are enough, and make a case quick.
    private static byte[] SmallRealCapture()
    {
        using var source = CaptureText.Open(CaptureText.RealText());
        using var output = new MemoryStream();
        Assert.Equal(
            2,
            new CaptureExport(source, new RecordingObserver()) { Compress = false }.Run(new DomainSelection { DomIds = [3, 4] }, output));
        return output.ToArray();
    }
}
