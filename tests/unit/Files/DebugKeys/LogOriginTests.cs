using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using XenShared.Files.DebugKeys;
using XenShared.Targets;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests each form of a line with the changes that loggers, mail programs, terminals and web pages make.</summary>
public sealed partial class LogOriginTests
{
    private static readonly Dictionary<string, string> s_shapes = new()
    {
        ["two-level"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 3:
            (XEN) Polling vCPUs: {0-1,3}
            (XEN)     port [p/m/s]
            (XEN)        1 [1/0/1]: s=5 n=0 x=0 v=0
            (XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0 p=22
            (XEN)        3 [0/0/1]: s=4 n=0 x=0 p=9 i=-1
            (XEN)        4 [0/1/0]: s=3 n=0 x=1 d=0 p=45
            (XEN)       65 [1/1/0]: s=6 n=0 x=0 Z=system_u:system_r:domU_t
            """,
        ["FIFO"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 0:
            (XEN) Polling vCPUs: {}
            (XEN)     port [p/m/s]
            (XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0
            (XEN)        2 [1/1/B 12  ]: s=6 n=1 x=0
            (XEN)        3 [1/0/  0   ]: s=3 n=2 x=0 d=5 p=43
            (XEN)        4 [0/0/B -   ]: s=2 n=0 x=0 d=0
            (XEN)       15 [0/1/  131071]: s=4 n=1 x=0 p=9 i=-1
            (XEN)     1024 [0/1/?     ]: s=3 n=0 x=0 d=5 p=44
            """,
        ["Xen 4.0"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Domain 0 polling vCPUs: 0000000b
            (XEN) Event channel information for domain 0:
            (XEN)     port [p/m]
            (XEN)        1 [0/0]: s=5 n=0 v=0 x=0
            (XEN)        2 [0/0]: s=6 n=0 x=0
            (XEN)       11 [1/0]: s=3 n=0 d=1 p=1 x=0
            (XEN)       15 [0/0]: s=4 n=0 p=9 x=0
            (XEN)       22 [0/0]: s=2 n=0 d=3 x=0
            (XEN) Domain 1 polling vCPUs: 00000000
            (XEN) Event channel information for domain 1:
            (XEN)     port [p/m]
            (XEN)        1 [1/1]: s=3 n=0 d=0 p=11 x=0
            """,
        ["Xen 4.2"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 0:
            (XEN) Polling vCPUs: {1}
            (XEN)     port [p/m]
            (XEN)        1 [0/0]: s=5 n=0 x=0 v=0
            (XEN)       15 [0/0]: s=4 n=0 x=0 p=9 i=9
            """,
    };

    private static readonly Dictionary<string, Func<string, string>> s_prefixes = new()
    {
        ["none"] = line => line,
        ["Xen's date"] = line => line.Replace("(XEN) ", "(XEN) [2026-11-22 12:00:01.125] ", StringComparison.Ordinal),
        ["Xen's uptime"] = line => line.Replace("(XEN) ", "(XEN) [  297.542134] ", StringComparison.Ordinal),
        ["syslog"] = line => "Nov  2 12:00:01 host xen: " + line,
        ["syslog with fraction"] = line => "Nov 22 12:00:01.384823 " + line,
        ["syslog with priority"] = line => "<14>Nov 22 12:00:01 host xenconsoled[345]: " + line,
        ["RFC 5424"] = line => "<14>1 2026-11-22T12:00:01.125+00:00 host xen 345 - - " + line,
        ["ISO syslog"] = line => "2026-11-22T12:00:01.125+01:00 host xen: " + line,
        ["journald"] = line => "Nov 22 12:00:01 host xl[345]: " + line,
        ["hypervisor.log"] = line => "[2020-08-22 10:09:03] " + line.Replace("(XEN) ", "(XEN) [  297.542134] ", StringComparison.Ordinal),
        ["conserver"] = line => "[Sun Nov 22 12:00:01 2026] " + line,
        ["serial logger"] = line => "12:00:01.384 " + line,
        ["serial logger with date"] = line => "2026-11-22 12:00:01,384 " + line,
        ["grep"] = line => "12345:" + line,
        ["grep of files"] = line => "/var/log/xen/hypervisor.log:12345:" + line,
        ["grep with context"] = line => (line.Contains("pressed", StringComparison.Ordinal) ? "12345:" : "12346-") + line,
        ["grep of files with context"] = line =>
            (line.Contains("pressed", StringComparison.Ordinal) ? "xen-1.log:12345:" : "xen-1.log-12346-") + line,
        ["short ISO date"] = line => "20261122T120001Z " + line,
        ["US date"] = line => "11/22/2026 1:00:01 PM " + line,
        ["German date"] = line => "22.11.2026 12:00:01 " + line,
        ["name of a container"] = line => "xen-1  | " + line,
        ["conserver with name"] = line => "host: [2026-11-22 12:00:01]" + line,
    };

    private static readonly Dictionary<string, Func<string[], string>> s_wrappings = new()
    {
        ["none"] = lines => Join(lines),
        ["mail quote"] = lines => Join(lines.Select(line => "> " + line)),
        ["nested mail quote"] = lines => Join(lines.Select(line => ">> | " + line)),
        ["quote with a name"] = lines => Join(lines.Select(line => "Bob> " + line)),
        ["quote with initials"] = lines => Join(lines.Select(line => "JB>> " + line)),
        ["Markdown fence in a quote"] = lines => "> text\n>\n> ```text\n" + Join(lines.Select(line => "> " + line)) + "> ```\n",
        ["Markdown list"] = lines => Join(lines.Select(line => "> > - " + line)),
        ["Markdown code"] = lines => Join(lines.Select(line => $"`{line}`")),
        ["Markdown emphasis"] = lines => Join(lines.Select(line => $"**{line}**")),
        ["CSV"] = lines => Join(lines.Select(line => $"\"{line}\"")),
        ["JSON array"] = lines => $"[\n{string.Join(",\n", lines.Select(line => $"  \"{line}\""))}\n]\n",
        ["Markdown indentation"] = lines => "text\n\n" + Join(lines.Select(line => "    " + line)) + "\ntext\n",
        ["Markdown fence"] = lines => "```\n" + Join(lines) + "```\n",
        ["trailing blanks"] = lines => Join(lines.Select(line => line + "   ")),
        ["collapsed blanks"] = lines => Join(lines.Select(line => Blanks().Replace(line, " "))),
        ["tabs"] = lines => Join(lines.Select(line => line.Replace("    ", "\t", StringComparison.Ordinal))),
        ["empty lines between"] = lines => string.Join("\n\n", lines) + "\n\n",
        ["colours"] = lines => Join(lines.Select(line => $"\u001b[1;32m{line}\u001b[0m\u001b[K")),
        ["HTML entities"] = lines => Join(lines.Select(WebUtility.HtmlEncode)!),
        ["HTML page"] = lines => $"<html><body><pre>{string.Join("<br/>", lines.Select(WebUtility.HtmlEncode))}</pre></body></html>\n",
        ["HTML list"] = lines => Join(lines.Select(line => $"<li><code>{WebUtility.HtmlEncode(line)}</code></li>")),
        ["HTML table"] = lines => "<table>\n" + Join(
            lines.Select((line, at) => $"<tr><td class=\"number\">{at}</td><td><a id=\"l{at}\"></a>{WebUtility.HtmlEncode(line)}</td></tr>")),
        ["quoted-printable in a quote"] = lines => Join(lines.SelectMany(QuotedPrintable).Select(line => "> > " + line)),
        ["typographic quotes"] = lines => Join(lines.Select(line => line
            .Replace("'e'", "\u2018e\u2019", StringComparison.Ordinal)
            .Replace("->", "\u2192", StringComparison.Ordinal))),
        ["zero-width spaces"] = lines => Join(lines.Select(line => "\u200b" + line)),
        ["quoted-printable"] = lines => Join(lines.SelectMany(QuotedPrintable)),
        ["wrapped by a terminal"] = lines => Join(lines.SelectMany(line => line.Chunk(80).Select(part => new string(part)))),
        ["wrapped by a mail program"] = lines => Join(lines.SelectMany(Wrap)),
        ["missing (XEN)"] = lines => Join(lines.Select(line => line.Replace("(XEN) ", "", StringComparison.Ordinal))),
    };

    private static readonly Dictionary<string, Func<string, byte[]>> s_encodings = new()
    {
        ["plain"] = Encoding.UTF8.GetBytes,
        ["CRLF"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)),
        ["LFCR"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\n\r", StringComparison.Ordinal)),
        ["CR"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\r", StringComparison.Ordinal)),
        ["UTF-8 with mark"] = text => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)],
        ["no-break spaces"] = text => Encoding.UTF8.GetBytes(text.Replace("   ", " \u00a0 ", StringComparison.Ordinal)),
        ["UTF-16"] = text => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)],
        ["UTF-16 big endian"] = text => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)],
        ["UTF-16 without mark"] = Encoding.Unicode.GetBytes,
        ["zero bytes"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\n\0\0", StringComparison.Ordinal)),
        ["gzip"] = Pack,
    };

    public static TheoryData<string, string> Origins => new(
        from shape in s_shapes.Keys from encoding in s_encodings.Keys select (shape, encoding));

    [Theory, MemberData(nameof(Origins))]
    public void Every_combination_is_read_or_its_lines_are_counted(string shape, string encoding)
    {
        var expected = Read(Encoding.Latin1.GetBytes(s_shapes[shape] + "\n"));
        Assert.True(expected.Channels is { HasAllDomains: true } && expected.Channels.Domains.Values.All(domain => domain.IsComplete));
        var wrong = new List<string>();
        foreach (var (prefix, withPrefix) in s_prefixes)
        {
            foreach (var (wrapping, wrap) in s_wrappings)
            {
                var text = wrap([.. s_shapes[shape].Split('\n').Select(withPrefix)]);
                if (TryRead(s_encodings[encoding](text)) is not { } log)
                {
                    wrong.Add($"{prefix}, {wrapping}: not recognized");
                    continue;
                }
                var isSame = IsSame(expected.Channels, log.Channels);
                if (!isSame && (!IsPart(expected.Channels, log.Channels) || log.UnreadLineCount == 0))
                    wrong.Add($"{prefix}, {wrapping}: {log.Channels.Domains.Values.Sum(domain => domain.Ports.Count)} ports, "
                        + $"{log.UnreadLineCount} unread");
                // Only a break within a number cannot always be repaired.
                else if (!isSame && !wrapping.StartsWith("wrapped", StringComparison.Ordinal))
                    wrong.Add($"{prefix}, {wrapping}: not whole");
                if (log.LacksPrefix != (wrapping == "missing (XEN)")) wrong.Add($"{prefix}, {wrapping}: lacks (XEN)? {log.LacksPrefix}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Theory]
    [InlineData("two-level", 0, 1, 3)]
    [InlineData("FIFO")]
    [InlineData("Xen 4.0", 0, 1, 3)]
    [InlineData("Xen 4.2", 1)]
    public void Polling_vCPUs_are_read(string shape, params int[] expected) =>
        Assert.Equal(expected, Read(Encoding.Latin1.GetBytes(s_shapes[shape] + "\n")).Channels.Domains.First().Value.PollingVcpus);

    [Theory]
    [InlineData("(d3) ")]
    [InlineData("(d3) (XEN) ")]
    [InlineData("Nov 22 12:00:01 host (d3) ")]
    [InlineData("> (d3) ")]
    [InlineData("[2020-08-22 10:09:03] (d3) ")]
    [InlineData("a word or two and ")]
    public void What_a_guest_prints_is_never_a_line_of_Xens(string guest)
    {
        var whole = s_shapes["two-level"] + "\n";
        var forged = $"{guest}       70 [1/0/1]: s=3 n=0 x=0 d=0 p=35\n";
        foreach (var style in new[] { whole, whole.Replace("(XEN) ", "", StringComparison.Ordinal) })
        {
            var log = Read(Encoding.Latin1.GetBytes(style + forged));
            Assert.DoesNotContain(70u, log.Channels.Domains[3].Ports.Keys);
        }
    }

    [Fact]
    public void A_line_without_XEN_is_no_part_of_a_dump_with_it()
    {
        var log = Read(Encoding.Latin1.GetBytes(s_shapes["two-level"] + "\n       70 [1/0/1]: s=3 n=0 x=0 d=0 p=35\n"));

        Assert.DoesNotContain(70u, log.Channels.Domains[3].Ports.Keys);
    }

    [Theory]
    [InlineData("[2020-08-22 10:09:03] ", "2020-08-22T10:09:03Z", false)]
    [InlineData("2020-08-22T10:09:03.250+02:00 host xen: ", "2020-08-22T08:09:03.25Z", true)]
    [InlineData("2020-08-22 10:09:03,5 ", "2020-08-22T10:09:03.5Z", false)]
    [InlineData("[Sat Aug 22 10:09:03 2020] ", "2020-08-22T10:09:03Z", false)]
    [InlineData("[2020-08-22 10:09:03 UTC] ", "2020-08-22T10:09:03Z", true)]
    [InlineData("Aug 22 10:09:03 host xen: ", null, false)]
    [InlineData("10:09:03 ", null, false)]
    public void The_date_of_a_logger_is_the_time_of_the_dump(string logger, string? time, bool hasZone)
    {
        var log = Read(Encoding.Latin1.GetBytes(Join(s_shapes["two-level"].Split('\n').Select(line => logger + line))));

        Assert.Equal(time is null ? null : DateTimeOffset.Parse(time, null), log.Channels.TakenAt);
        Assert.Equal(time is not null && !hasZone, log.LacksTimeZone);
        Assert.Equal(
            log.LacksTimeZone,
            new ConsoleLogTarget(log, "x").ChannelsRemark?.Contains("time zone", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Xens_own_date_counts_more_than_the_loggers()
    {
        var log = Read(Encoding.Latin1.GetBytes(Join(
            s_shapes["two-level"].Split('\n').Select(line =>
                "[2020-08-22 10:09:03] " + line.Replace("(XEN) ", "(XEN) [2026-11-22 12:00:01] ", StringComparison.Ordinal)))));

        Assert.Equal((new DateTimeOffset(2026, 11, 22, 12, 0, 1, TimeSpan.Zero), false), (log.Channels.TakenAt, log.LacksTimeZone));
    }

    [Fact]
    public void Lines_that_cannot_be_read_are_named_by_their_numbers()
    {
        var lines = s_shapes["two-level"].Split('\n');
        lines[5] = "(XEN)        2 [0/1/0]: s=3 n=10 x=0 d=0";
        lines[7] = "(XEN)        4 [0/1";
        var log = Read(Encoding.Latin1.GetBytes("first line\r\n" + string.Join("\r\n", lines) + "\r\n"));

        Assert.Equal(2, log.UnreadLineCount);
        Assert.Equal([7, 9], log.UnreadLines);
        Assert.Contains("Lines 7, 9 could not be read", new ConsoleLogTarget(log, "x").ChannelsRemark, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_file_without_its_end_is_read_with_a_warning()
    {
        var whole = Pack(string.Concat(Enumerable.Repeat(s_shapes["two-level"] + "\n", 1000)));

        for (var missing = 1; missing < whole.Length; missing += missing < 20 ? 1 : 97)
        {
            var log = TryRead(whole[..^missing]);
            Assert.True(log is null or { IsCompressedPart: true });
            if (log is not null)
                Assert.Contains("is missing", new ConsoleLogTarget(log, "x").ChannelsRemark, StringComparison.Ordinal);
        }
        Assert.False(Read(whole).IsCompressedPart);
        Assert.False(Read([.. whole, .. whole]).IsCompressedPart);
        Assert.Equal(3u, Read(whole[..^1]).Channels.Domains.Keys.Single());
    }

    [Fact]
    public void Each_dump_can_be_selected()
    {
        var second = s_shapes["two-level"].Replace("1 [1/0/1]", "1 [0/0/1]", StringComparison.Ordinal);
        var text = Encoding.Latin1.GetBytes($"{s_shapes["two-level"]}\n{second[(second.IndexOf('\n') + 1)..]}\n{s_shapes["FIFO"]}\n");

        Assert.Equal(
            [(3, 3, 0), (3, 1, 3), (3, 2, 3), (3, 3, 0)],
            new int?[] { null, 1, 2, 3 }.Select(dump => ConsoleLogReader.Read(new MemoryStream(text), "x", dump)!)
                .Select(log => (log.Dumps, log.SelectedDump, (int)log.Channels.Domains.Keys.First())));
        Assert.Equal(
            XenErrorId.FileNotRecognised,
            Assert.Throws<XenException>(() => ConsoleLogReader.Read(new MemoryStream(text), "x", 4)).Id);
        Assert.False(ConsoleLogReader.Read(new MemoryStream(text), "x", 2)!.Channels.Domains[3].Ports[1].Pending);
    }

    private static ConsoleLog Read(byte[] bytes) => Assert.IsType<ConsoleLog>(TryRead(bytes));

    private static ConsoleLog? TryRead(byte[] bytes)
    {
        try
        {
            using var target = TargetFile.Read(new MemoryStream(bytes), "x");
            return ((ConsoleLogTarget)target).Log;
        }
        catch (XenException error) when (error.Id == XenErrorId.FileNotRecognised)
        {
            return null;
        }
    }

    private static bool IsSame(HypervisorChannels expected, HypervisorChannels actual) =>
        expected.HasAllDomains == actual.HasAllDomains
        && expected.Domains.Keys.SequenceEqual(actual.Domains.Keys)
        && expected.Domains.Values.All(domain => actual.Domains[domain.DomId] is { IsComplete: true } other
            && other.Ports.Values.SequenceEqual(domain.Ports.Values)
            && domain.PollingVcpus!.SequenceEqual(other.PollingVcpus ?? []));

    private static bool IsPart(HypervisorChannels expected, HypervisorChannels actual) =>
        actual.Domains.Values.All(domain => domain.Ports.Values.All(port =>
            expected.Domains[domain.DomId].Ports.TryGetValue(port.Port, out var whole) && whole == port));

    private static string Join(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    // RFC 2045: at most 76 characters, '=' as =3D, and a '=' at the end of a line that continues.
    private static IEnumerable<string> QuotedPrintable(string line)
    {
        var encoded = line.Replace("=", "=3D", StringComparison.Ordinal);
        while (encoded.Length > 76)
        {
            var cut = encoded.LastIndexOf('=', 75) is var code and > 72 ? code : 75;
            yield return encoded[..cut] + "=";
            encoded = encoded[cut..];
        }
        yield return encoded;
    }

    private static IEnumerable<string> Wrap(string line)
    {
        while (line.Length > 78 && line.LastIndexOf(' ', 78) is var cut and > 40)
        {
            yield return line[..cut];
            line = line[(cut + 1)..];
        }
        yield return line;
    }

    private static byte[] Pack(string text)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
