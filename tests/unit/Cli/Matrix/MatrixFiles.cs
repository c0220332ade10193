using System.Globalization;
using System.IO.Compression;
using System.Text;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli.Matrix;

/// <summary>
/// Provides files of every kind: files of real hosts, small files that the tests create, and a capture of each readable one.
/// </summary>
public sealed class MatrixFiles : IDisposable
{
    private static readonly (string Name, string File, MatrixKind Kind)[] s_committed =
    [
        ("host", "bookworm-quick.xencap", MatrixKind.Host),
        ("paused host", "bookworm-quick-paused.xencap", MatrixKind.Host),
        ("two-level guest", "bookworm-hvm-2l-linux.xencap", MatrixKind.Host),
        ("FIFO guest", "bookworm-hvm-fifo-linux.xencap", MatrixKind.Host),
        ("guest without a page", "bookworm-hvm-2l-created.xencap", MatrixKind.Host),
        ("core of a PV guest", "bookworm-pv-2l-2vcpu.core", MatrixKind.CoreDump),
        ("core of a PV FIFO guest", "bookworm-pv-fifo.core", MatrixKind.CoreDump),
        ("core of a PVH guest", "bookworm-pvh-fifo.core", MatrixKind.CoreDump),
        ("saved PV guest", "bookworm-pv-2l-2vcpu.save", MatrixKind.SavedGuest),
        ("saved PVH guest", "bookworm-pvh-fifo.save", MatrixKind.SavedGuest),
        ("two-level log", "bookworm-pv-2l-2vcpu-at-core.dmesg.txt", MatrixKind.ConsoleLog),
        ("FIFO log", "bookworm-pvh-fifo-at-core.dmesg.txt", MatrixKind.ConsoleLog),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, MatrixFile> _files = new(StringComparer.Ordinal);

    public MatrixFiles()
    {
        foreach (var (name, file, kind) in s_committed) Add(name, Data(file), kind);
        Add("page", Path.Combine(AppContext.BaseDirectory, "Pages", "pv-2l", "shared_info.bin"), MatrixKind.Page);
        Add("FIFO page", Path.Combine(AppContext.BaseDirectory, "Pages", "pv-fifo", "shared_info.bin"), MatrixKind.Page);
        Add("zero page", _folder.Write("zero", new byte[4096]), MatrixKind.Page);
        Add("log of dom0", Text("dom0.log", LogTexts.OneIdlePort), MatrixKind.ConsoleLog);
        Add("log of a hung guest", Text("hung.log", LogTexts.HungGuest), MatrixKind.ConsoleLog);
        Add("log within gzip", _folder.Write("log.gz", Pack(Encoding.Latin1.GetBytes(LogTexts.HungGuest))), MatrixKind.ConsoleLog);
        Add("page within gzip", _folder.Write("page.gz", Pack(File.ReadAllBytes(this["page"].Path))), MatrixKind.Page);
        Add("empty capture", Text("empty.xencap", CaptureText.Complete()), MatrixKind.Host);
        Add("capture with errors", Text("errors.xencap", CaptureText.Complete(Errors())), MatrixKind.Host);
        Add("simulated host", Simulated(), MatrixKind.Host);
        foreach (var source in _files.Values.ToArray()) AddCapture(source);

        AddUnreadable("core within gzip", _folder.Write("core.gz", Pack(File.ReadAllBytes(Data("bookworm-pv-fifo.core")))));
        AddUnreadable("nothing", _folder.Write("nothing", []));
        AddUnreadable("text", Text("text", "to whom it may concern\n"));
        AddUnreadable("bytes", _folder.Write("bytes", [0, 1, 2, 3]));
        AddUnreadable("cut capture", Text("cut.xencap", CaptureText.Header + "\n"));
        AddUnreadable("cut core", _folder.Write("cut.core", File.ReadAllBytes(Data("bookworm-pv-fifo.core"))[..20_000]));
        AddUnreadable("cut save", _folder.Write("cut.save", File.ReadAllBytes(Data("bookworm-pvh-fifo.save"))[..20_000]));
        AddUnreadable("no file", _folder["no-such-file"]);
        AddUnreadable("folder", _folder.Root);
    }

    internal MatrixFile this[string name] => _files[name];

    /// <summary>Gets the names of all files, which are known before the files are created.</summary>
    public static IEnumerable<string> Names =>
        [
            .. Readable,
            .. Readable.Select(CaptureOf),
            "core within gzip",
            "nothing",
            "text",
            "bytes",
            "cut capture",
            "cut core",
            "cut save",
            "no file",
            "folder",
        ];

    public static IReadOnlyList<string> Readable { get; } =
    [
        .. s_committed.Select(file => file.Name),
        "page",
        "FIFO page",
        "zero page",
        "log of dom0",
        "log of a hung guest",
        "log within gzip",
        "page within gzip",
        "empty capture",
        "capture with errors",
        "simulated host",
    ];

    internal IEnumerable<MatrixFile> All => _files.Values;

    public static string CaptureOf(string name) => $"capture of: {name}";

    public static string Data(string file) => Path.Combine(AppContext.BaseDirectory, "data", file);

    /// <summary>Returns an unused path, for the output of a command.</summary>
    public string NewPath() => _folder[$"written-{Guid.NewGuid():N}"];

    public void Dispose() => _folder.Dispose();

    private void Add(string name, string path, MatrixKind kind, MatrixFile? source = null)
    {
        using var target = TargetFile.Open(path);
        var first = target.ReadDomains().FirstOrDefault();
        _files.Add(
            name,
            new MatrixFile(name, path, kind)
            {
                Source = source,
                DomId = first?.DomId ?? 1,
                DomainName = first is null ? null : target.ReadName(first.DomId),
            });
    }

    private void AddCapture(MatrixFile source)
    {
        var path = _folder[$"{_files.Count.ToString(CultureInfo.InvariantCulture)}.xencap"];
        using (var target = TargetFile.Open(source.Path))
        using (var output = File.Create(path))
            new CaptureExport(target, new RecordingObserver()).Run(DomainSelection.All, output);
        Add(CaptureOf(source.Name), path, source.Kind, source);
    }

    private void AddUnreadable(string name, string path) =>
        _files.Add(name, new MatrixFile(name, path, MatrixKind.Nothing, IsReadable: false) { DomId = 1 });

    private string Text(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }

    // Seven domains with long uptimes are a host; what is wrong with some of them is wanted.
    private string Simulated()
    {
        using var host = new SimulatedTarget(15, 1);
        using var output = new MemoryStream();
        new CaptureExport(host, new RecordingObserver()).Run(DomainSelection.All, output);
        return _folder.Write("simulated.xencap", output.ToArray());
    }

    private static string[] Errors() =>
        [
            CaptureText.Domain(5),
            Error(5, "page", "SharedInfoNotMapped"),
            CaptureText.Ports("""{"port":1,"state":"VirtualIrq","irq":0}"""),
            CaptureText.Domain(6),
            CaptureText.Sample(6),
            Error(6, "ports", "XenAccessDenied"),
            CaptureText.Domain(7),
            CaptureText.Sample(7),
            CaptureText.Ports("""{"port":1}""", domId: 7),
            Error(7, "eventarray", "ScanRefused"),
            Error(7, "vcpurecords", "ScanRefused"),
            CaptureText.Domain(8),
            Error(8, "page", "SharedInfoUnstable"),
            Error(8, "ports", "DomainVanished"),
            Error(8, "eventarray", "DomainVanished"),
            Error(8, "vcpurecords", "DomainVanished"),
            """{"kind":"domain","domid":9}""",
        ];

    private static string Error(int domId, string part, string id) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"kind":"error","domid":{{domId}}"""
                + $$""","part":"{{part}}","id":"{{id}}","message":"Domain {{domId}} met {{id}}; try another one.","""
                + $$""" "hint":"Try another one."}"""
        );
}
