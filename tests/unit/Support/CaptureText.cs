using System.Globalization;
using System.IO.Compression;
using System.Text;
using XenShared.Files;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Creates captures as text, for tests of captures that no writer creates.</summary>
internal static class CaptureText
{
    public const string Header =
        """{"xencap":1,"minor":0,"host":"fake","xenMajor":4,"xenMinor":17"""
            + ""","xenExtra":".7","architecture":"x86_64","takenAt":"2026-11-22T09:30:00+00:00","writer":"a test"}""";

    public static string Domain(int domId = 5) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"kind":"domain","domid":{{domId}}"""
                + $$""","name":"guest","uuid":"00000005-0000-0000-0000-000000000000","type":"PV","state":"Blocked","pvWidth":64"""
                + $$""","sharedInfoFrame":785493,"cpuTimeNanoseconds":7,"totalPages":32768,"onlineVcpus":1,"maxVcpuId":0}""");

    public static string Sample(int domId = 5, string takenAt = "2026-11-22T09:30:00+00:00", string? page = null, string more = "") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"kind":"sample","domid":{{domId}},"takenAt":"{{takenAt}}","frame":16"""
                + $$""","page":"{{page ?? Convert.ToBase64String(new byte[4096])}}"{{more}}}""");

    public static string Ports(string ports, uint validPorts = 64, int domId = 5) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"kind":"ports","domid":{{domId}},"validPorts":{{validPorts}},"ports":[{{ports}}]}""");

    /// <summary>Returns a capture with these lines between its header and its end.</summary>
    public static string Complete(params ReadOnlySpan<string> lines)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var line in lines) text.Append(line).Append('\n');
        return text.Append(CultureInfo.InvariantCulture, $$"""{"kind":"end","lines":{{lines.Length + 1}}}""").Append('\n').ToString();
    }

    public static HostCapture Read(string text, CaptureLimits? limits = null) => Read(Encoding.UTF8.GetBytes(text), limits);

    public static HostCapture Read(byte[] bytes, CaptureLimits? limits = null)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return CaptureReader.Read(stream, "test.xencap", limits);
    }

    public static CaptureTarget Open(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return CaptureTarget.Read(stream, "test.xencap");
    }

    /// <summary>Checks that a capture is rejected as damaged, with a readable message.</summary>
    public static XenException AssertDamaged(string text, CaptureLimits? limits = null)
    {
        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => Read(text, limits)));
        Assert.Equal(XenErrorId.FileDamaged, error.Id);
        Assert.True(error.IsFatal);
        Assert.NotNull(error.Advice);
        Messages.AssertSentence(error.Message);
        Assert.Contains("'test.xencap'", error.Message, StringComparison.Ordinal);
        return error;
    }

    public static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>Returns the sample capture of a real host that comes with the command, as plain text.</summary>
    public static byte[] RealText()
    {
        using var resource = typeof(global::XenShared.Cli.Output.ModelJson).Assembly.GetManifestResourceStream("sample.xencap");
        Assert.NotNull(resource);
        using var gzip = new GZipStream(resource, CompressionMode.Decompress);
        using var text = new MemoryStream();
        gzip.CopyTo(text);
        return text.ToArray();
    }
}
