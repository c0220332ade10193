using System.Globalization;
using System.Text;
using XenShared.Layout;

namespace XenShared.Native.Tests.Fake;

/// <summary>Builds a host file for the fake libraries, with its page files. <c>fakexen/parse.c</c> describes its language.</summary>
public sealed class FakeHost
{
    private readonly StringBuilder _text = new();
    private readonly Dictionary<string, byte[]> _pages = [];

    public FakeHost(int minor = FakeXenFixture.LibraryMinor, string extra = ".7") => Line($"xen 4 {minor} {extra}");

    /// <summary>Adds lines without changes.</summary>
    public FakeHost Line(FormattableString text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }

    /// <summary>Adds a domain with its page at <paramref name="frame"/>. The following lines apply to it.</summary>
    public FakeHost Domain(ushort domId, string flags, ulong? frame, byte[]? page = null)
    {
        Line($"domain {domId}").Line($"flags {flags}").Line($"frame {(frame is { } number ? $"0x{number:x}" : "none")}");
        if (page is null) return this;
        var file = $"page{domId}.bin";
        _pages[file] = page;
        return Line($"page {file}");
    }

    /// <summary>Adds memory of the domain that was added last, from frame <paramref name="first"/> on.</summary>
    public FakeHost Memory(ulong first, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var file = string.Create(CultureInfo.InvariantCulture, $"memory{_pages.Count}.bin");
        _pages[file] = content;
        return Line($"memory 0x{first:x} {content.Length / SharedInfoLayout.PageSize} {file}");
    }

    /// <summary>Writes the files.</summary>
    /// <returns>The host file.</returns>
    public string Write(string directory)
    {
        foreach (var (file, bytes) in _pages) File.WriteAllBytes(Path.Combine(directory, file), bytes);
        var path = Path.Combine(directory, "host.txt");
        File.WriteAllText(path, _text.ToString());
        return path;
    }
}
