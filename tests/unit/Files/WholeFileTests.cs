using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using XenShared.Files;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Checks that a file is written as a whole and through links, and that anything but a regular file is not replaced.</summary>
[SupportedOSPlatform("linux")]
public sealed class WholeFileTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode All = Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly byte[] s_new = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("new content\n", 20_000)));

    private readonly TemporaryFolder _folder = new();

    public WholeFileTests()
    {
        Directory.CreateDirectory(_folder["in"]);
        Directory.CreateDirectory(_folder["out"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void ANewFileHasItsModeWhateverTheUmask(bool overwrite, bool isForAll)
    {
        Assert.True(Write(_folder["in/new"], overwrite, isForAll));

        AssertWritten("in/new", isForAll ? All : Owner, "new");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFileThatIsReplacedGetsTheModeOfANewOne(bool isForAll)
    {
        File.WriteAllText(_folder["in/old"], "old");
        File.SetUnixFileMode(_folder["in/old"], isForAll ? UnixFileMode.UserRead : All | UnixFileMode.OtherWrite);

        Assert.True(Write(_folder["in/old"], overwrite: true, isForAll));

        AssertWritten("in/old", isForAll ? All : Owner, "old");
    }

    [Fact]
    public void AFileThatIsNotToBeReplacedIsKept()
    {
        File.WriteAllText(_folder["in/old"], "old");

        var error = Assert.Throws<IOException>(() => Write(_folder["in/old"], overwrite: false));

        AssertSentence(error, "in/old");
        Assert.Equal("old", File.ReadAllText(_folder["in/old"]));
        Assert.Equal(["old"], Names("in"));
    }

    // The name of a file that exists or not, through one link or several.
    [Theory]
    [InlineData("file", true)]
    [InlineData("file", false)]
    [InlineData("absolute", true)]
    [InlineData("relative", true)]
    [InlineData("chain", true)]
    [InlineData("throughFolder", true)]
    [InlineData("dangling", false)]
    [InlineData("dangling", true)]
    public void ALinkStaysAndItsFileIsReplaced(string kind, bool exists)
    {
        if (exists) File.WriteAllText(_folder["out/file"], "old");
        if (kind == "absolute") File.CreateSymbolicLink(_folder["in/link"], _folder["out/file"]);
        if (kind is "relative" or "dangling") File.CreateSymbolicLink(_folder["in/link"], "../out/file");
        if (kind == "chain")
        {
            File.CreateSymbolicLink(_folder["in/link"], "second");
            File.CreateSymbolicLink(_folder["in/second"], "../out/third");
            File.CreateSymbolicLink(_folder["out/third"], "file");
        }
        if (kind == "throughFolder")
        {
            // The parent of a folder that is a link is not the one that the name shows.
            Directory.CreateDirectory(_folder["out/deep"]);
            Directory.CreateSymbolicLink(_folder["in/folder"], "../out/deep");
            File.CreateSymbolicLink(_folder["in/link"], "folder/../file");
        }
        if (kind == "file" && !exists) File.Delete(_folder["out/file"]);
        var link = kind == "file" ? "out/file" : "in/link";
        var before = Names("in");

        Assert.True(Write(_folder[link], overwrite: true));

        Assert.Equal(s_new, File.ReadAllBytes(_folder["out/file"]));
        Assert.Null(new FileInfo(_folder["out/file"]).LinkTarget);
        Assert.Equal(before, Names("in"));
        if (kind != "file") Assert.NotNull(new FileInfo(_folder[link]).LinkTarget);
        Assert.DoesNotContain(Names("out"), name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void LinksWithoutEndAreRefused()
    {
        File.CreateSymbolicLink(_folder["in/one"], "two");
        File.CreateSymbolicLink(_folder["in/two"], "one");

        AssertSentence(Assert.Throws<IOException>(() => Write(_folder["in/one"])), "in/one");
        Assert.Equal(["one", "two"], Names("in"));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 5)]
    public void ACharacterDeviceIsWrittenThrough(int major, int minor)
    {
        MakeNode("in/node", "c", major, minor);

        Assert.True(Write(_folder["in/node"], overwrite: false));
        Assert.True(Write(_folder["in/node"], overwrite: true));

        Assert.Equal(["node"], Names("in"));
        Assert.Equal("character special file", Kind("in/node"));
    }

    [Fact]
    public void ADeviceThatIsFullIsAnError()
    {
        MakeNode("in/node", "c", 1, 7);

        AssertSentence(Assert.Throws<IOException>(() => Write(_folder["in/node"])), "in/node");
        Assert.Equal("character special file", Kind("in/node"));
    }

    [Fact]
    public void ABlockDeviceIsRefused()
    {
        MakeNode("in/node", "b", 7, 250);

        AssertSentence(Assert.Throws<IOException>(() => Write(_folder["in/node"])), "in/node");
        Assert.Equal("block special file", Kind("in/node"));
    }

    [Fact]
    public void ASocketIsRefused()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["in/node"]));

        AssertSentence(Assert.Throws<IOException>(() => Write(_folder["in/node"])), "in/node");
        Assert.Equal("socket", Kind("in/node"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APipeIsWrittenThrough(bool byLink)
    {
        MakePipe("in/pipe");
        if (byLink) File.CreateSymbolicLink(_folder["in/link"], "pipe");
        var reading = Task.Run(() => File.ReadAllBytes(_folder["in/pipe"]), TestContext.Current.CancellationToken);

        Assert.True(Write(_folder[byLink ? "in/link" : "in/pipe"], overwrite: false));

        Assert.Equal(s_new, await reading);
        Assert.Equal("fifo", Kind("in/pipe"));
    }

    [Fact]
    public void APipeWithoutAReaderIsWaitedForUntilCancelled()
    {
        MakePipe("in/pipe");
        using var source = new CancellationTokenSource();
        source.CancelAfter(TimeSpan.FromMilliseconds(300));

        Assert.Throws<OperationCanceledException>(() => WholeFile.Write(_folder["in/pipe"], true, Content, cancellation: source.Token));

        Assert.Equal("fifo", Kind("in/pipe"));
    }

    [Fact]
    public async Task AFullPipeIsWaitedForUntilCancelled()
    {
        MakePipe("in/pipe");
        using var source = new CancellationTokenSource();
        var opening = Task.Run(() => File.OpenRead(_folder["in/pipe"]), TestContext.Current.CancellationToken);
        var writing = Task.Run(
            () => WholeFile.Write(_folder["in/pipe"], true, Content, cancellation: source.Token),
            TestContext.Current.CancellationToken);
        await using var reader = await opening;
        Assert.NotEqual(-1, reader.ReadByte());

        await source.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public async Task AReaderThatGoesIsABrokenPipe()
    {
        MakePipe("in/pipe");
        var reading = Task.Run(
            () =>
            {
                using var reader = File.OpenRead(_folder["in/pipe"]);
                return reader.ReadByte();
            },
            TestContext.Current.CancellationToken);

        Assert.Throws<BrokenPipeException>(() => Write(_folder["in/pipe"]));

        Assert.Equal('n', await reading);
    }

    [Fact]
    public void ADescriptorOfThisProcessIsWrittenThrough()
    {
        using var file = new FileStream(_folder["in/opened"], FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        file.Write("before\n"u8);
        file.Flush();
        var name = $"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}";

        Assert.True(Write(name));

        using var written = new FileStream(_folder["in/opened"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var bytes = new MemoryStream();
        written.CopyTo(bytes);
        Assert.Equal([.. "before\n"u8, .. s_new], bytes.ToArray());
        Assert.Equal(["opened"], Names("in"));
    }

    [Fact]
    public void ANameAsLongAsNamesCanBeIsWritten()
    {
        var name = new string('n', 255);

        Assert.True(Write(_folder[$"in/{name}"]));
        Assert.True(Write(_folder[$"in/{name}"]));

        AssertWritten($"in/{name}", Owner, name);
    }

    [Theory]
    [InlineData("in")]
    [InlineData("in/")]
    [InlineData("in/.")]
    [InlineData("in/..")]
    [InlineData("in/new/")]
    [InlineData("in/none/new")]
    [InlineData("in/file/new")]
    [InlineData("in/link")]
    [InlineData("in/nul\0name")]
    public void WhatIsNoNameOfAFileIsAnErrorInOneSentence(string name)
    {
        File.WriteAllText(_folder["in/file"], "old");
        Directory.CreateSymbolicLink(_folder["in/link"], _folder["out"]);

        var error = Assert.ThrowsAny<IOException>(() => Write($"{_folder.Root}/{name}"));

        AssertSentence(error, name.Replace('\0', '?'));
        Assert.Equal(["file", "link"], Names("in"));
        Assert.Empty(Names("out"));
    }

    [Fact]
    public void AnEmptyNameIsAnErrorInOneSentence()
    {
        var error = Assert.Throws<IOException>(() => Write(""));

        Assert.EndsWith("name.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ContentThatFailsLeavesNothing(bool exists)
    {
        if (exists) File.WriteAllText(_folder["in/file"], "old");

        Assert.Throws<OperationCanceledException>(() => WholeFile.Write(_folder["in/file"], true, stream =>
        {
            stream.Write(s_new);
            throw new OperationCanceledException();
        }));
        Assert.False(WholeFile.Write(_folder["in/file"], true, stream =>
        {
            stream.Write(s_new);
            return false;
        }));

        Assert.Equal(exists ? ["file"] : [], Names("in"));
        if (exists) Assert.Equal("old", File.ReadAllText(_folder["in/file"]));
    }

    [Fact]
    public void WhileItIsWrittenTheFolderHasNoTemporaryFile()
    {
        Assert.True(WholeFile.Write(_folder["in/file"], true, stream =>
        {
            stream.Write(s_new);
            stream.Flush();
            Assert.Empty(Directory.GetFileSystemEntries(_folder["in"]));
            return true;
        }));
    }

    // This applies to a file system without unnamed files.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATemporaryFileWithANameGoesToo(bool isCommitted)
    {
        using (var file = TemporaryFile.Create("file", _folder["in"], isForAll: true, hasName: true))
        {
            Assert.True(Assert.Single(Names("in")).Length < 64);
            file.Stream.Write(s_new);
            if (isCommitted) file.Commit(_folder["in/file"], overwrite: false);
        }

        if (isCommitted) AssertWritten("in/file", All, "file");
        else Assert.Empty(Names("in"));
    }

    [Fact]
    public void AFullDiskIsAnErrorAndLeavesNothing()
    {
        using var disk = new SmallDisk(_folder["disk"], "size=64k");
        File.WriteAllText(_folder["disk/old"], "old");

        AssertSentence(Assert.Throws<IOException>(() => Write(_folder["disk/new"])), "disk/new");
        AssertSentence(Assert.Throws<IOException>(() => Write(_folder["disk/old"])), "disk/old");

        Assert.Equal(["old"], Names("disk"));
        Assert.Equal("old", File.ReadAllText(_folder["disk/old"]));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsAnError()
    {
        using var disk = new SmallDisk(_folder["disk"], "size=64k,ro");

        AssertSentence(Assert.Throws<IOException>(() => Write(_folder["disk/new"])), "disk/new");
    }

    [Fact]
    public void AFileOfOurOwnReplacesALinkAndAPipe()
    {
        File.WriteAllText(_folder["out/file"], "old");
        File.CreateSymbolicLink(_folder["in/link"], "../out/file");
        MakePipe("in/pipe");

        WholeFile.Replace(_folder["in/link"], stream => stream.Write(s_new));
        WholeFile.Replace(_folder["in/pipe"], stream => stream.Write(s_new));

        Assert.Equal("old", File.ReadAllText(_folder["out/file"]));
        Assert.Equal("regular file", Kind("in/link"));
        Assert.Equal("regular file", Kind("in/pipe"));
        Assert.Equal(Owner, File.GetUnixFileMode(_folder["in/link"]));
    }

    private static bool Write(string path, bool overwrite = true, bool isForAll = false) =>
        WholeFile.Write(path, overwrite, Content, isForAll);

    private static bool Content(Stream stream)
    {
        stream.Write(s_new);
        return true;
    }

    private static void AssertSentence(Exception error, string name)
    {
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    private void AssertWritten(string name, UnixFileMode mode, string only)
    {
        Assert.Equal(s_new, File.ReadAllBytes(_folder[name]));
        Assert.Equal(mode, File.GetUnixFileMode(_folder[name]));
        Assert.Equal([only], Names("in"));
    }

    private string[] Names(string folder) =>
        [.. Directory.GetFileSystemEntries(_folder[folder]).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    // Returns the kind of the file at the name itself, without following links.
    private string Kind(string name) => Tool.Run("/usr/bin/stat", "", "-c", "%F", _folder[name]).Said.Trim();

    private void MakeNode(string name, string type, int major, int minor)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root makes device nodes");
        var made = Tool.Run("/usr/bin/mknod", "", _folder[name], type, $"{major}", $"{minor}");
        Assert.SkipWhen(made.Status != 0, $"no device node can be made here: {made.Said}");
    }

    private void MakePipe(string name) => Assert.Equal(0, Tool.Run("/usr/bin/mkfifo", "", _folder[name]).Status);
}
