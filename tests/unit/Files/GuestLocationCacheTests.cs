using System.Runtime.Versioning;
using XenShared.Files;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Checks that locations in guest memory are cached, and that only their owner can read them.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GuestLocationCacheTests : IDisposable
{
    private static readonly Guid s_uuid = new(5, 0, 0, new byte[8]);

    private readonly TemporaryFolder _temporary = new();

    private string Path => _temporary["places"];

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void WhatIsRememberedIsFoundByTheNextProcess()
    {
        var location = Location();
        new GuestLocationCache(Path).Remember(location);

        var found = new GuestLocationCache(Path).Find(5, s_uuid, "start")!;

        Assert.Equal(location with { EventPages = null, VcpuRecords = null }, found with { EventPages = null, VcpuRecords = null });
        Assert.Equal(location.EventPages, found.EventPages);
        Assert.Equal(location.VcpuRecords, found.VcpuRecords);
    }

    [Fact]
    public void FilesAndFolderAreTheOwnersAlone()
    {
        new GuestLocationCache(Path).Remember(Location());

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path));
        var file = Assert.Single(Directory.GetFiles(Path));
        Assert.Equal("domain-5.json", System.IO.Path.GetFileName(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void AnotherDomainOfThatNumberIsNotKnown()
    {
        var folder = new GuestLocationCache(Path);
        folder.Remember(Location());

        foreach (var cache in (GuestLocationCache[])[folder, new GuestLocationCache(Path)])
        {
            Assert.Null(cache.Find(5, Guid.NewGuid(), "start"));
            Assert.Null(cache.Find(5, s_uuid, "later"));
            Assert.Null(cache.Find(5, s_uuid, null));
            Assert.Null(cache.Find(6, s_uuid, "start"));
            Assert.NotNull(cache.Find(5, s_uuid, "start"));
        }
    }

    [Fact]
    public void AFileUnderAnotherNumberIsNotBelieved()
    {
        new GuestLocationCache(Path).Remember(Location());
        File.Move(System.IO.Path.Combine(Path, "domain-5.json"), System.IO.Path.Combine(Path, "domain-6.json"));

        Assert.Null(new GuestLocationCache(Path).Find(6, s_uuid, "start"));
    }

    [Fact]
    public void WhatIsForgottenIsGone()
    {
        var folder = new GuestLocationCache(Path);
        folder.Remember(Location());
        folder.Forget(5);
        folder.Forget(6);

        Assert.Null(folder.Find(5, s_uuid, "start"));
        Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start"));
        Assert.Empty(Directory.GetFiles(Path));
    }

    [Fact]
    public void TheLaterReplacesTheEarlier()
    {
        var folder = new GuestLocationCache(Path);
        folder.Remember(Location());
        folder.Remember(Location() with { Fingerprint = "another" });

        Assert.Equal("another", new GuestLocationCache(Path).Find(5, s_uuid, "start")?.Fingerprint);
        Assert.Single(Directory.GetFiles(Path));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void AFolderThatOthersWriteToIsNotUsed(UnixFileMode others)
    {
        new GuestLocationCache(Path).Remember(Location());
        File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | others);
        var folder = new GuestLocationCache(Path);

        Assert.Null(folder.Find(5, s_uuid, "start"));
        folder.Remember(Location() with { Fingerprint = "another" });

        // This process has it in its own cache nevertheless.
        Assert.Equal("another", folder.Find(5, s_uuid, "start")?.Fingerprint);
        File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) & ~others);
        Assert.Equal("as it was", new GuestLocationCache(Path).Find(5, s_uuid, "start")?.Fingerprint);
    }

    [Fact]
    public void ALinkIsNotFollowed()
    {
        var elsewhere = _temporary["elsewhere"];
        new GuestLocationCache(elsewhere).Remember(Location());
        Directory.CreateSymbolicLink(Path, elsewhere);

        Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start"));
        new GuestLocationCache(Path).Remember(Location() with { Fingerprint = "another" });
        Assert.Equal("as it was", new GuestLocationCache(elsewhere).Find(5, s_uuid, "start")?.Fingerprint);
    }

    [Fact]
    public void AFolderOfAnotherUserIsNotUsed()
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && Tool.Find("chown") is not null,
            "only root can give a folder to somebody else");
        new GuestLocationCache(Path).Remember(Location());
        Tool.Run("chown", "", "65534", Path);

        Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start"));
        new GuestLocationCache(Path).Remember(Location() with { Fingerprint = "another" });
        Tool.Run("chown", "", "0", Path);
        Assert.Equal("as it was", new GuestLocationCache(Path).Find(5, s_uuid, "start")?.Fingerprint);
    }

    [Fact]
    public void AFileOfAnotherUserIsNotUsed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Tool.Find("chown") is not null, "only root can give a file to somebody else");
        new GuestLocationCache(Path).Remember(Location());
        Tool.Run("chown", "", "65534", System.IO.Path.Combine(Path, "domain-5.json"));

        Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start"));
    }

    [Theory]
    [InlineData("mkfifo", "")]
    [InlineData("ln", "-s /dev/zero")]
    [InlineData("ln", "-s domain-6.json")]
    [InlineData("ln", "-s /nowhere")]
    [InlineData("mkdir", "")]
    public void WhatIsNoFileIsNeitherReadNorWaitedFor(string program, string arguments)
    {
        Assert.SkipWhen(Tool.Find(program) is null, $"{program} is not installed");
        new GuestLocationCache(Path).Remember(Location());
        var file = System.IO.Path.Combine(Path, "domain-5.json");
        File.Move(file, System.IO.Path.Combine(Path, "domain-6.json"));
        Assert.Equal(0, Tool.Run(program, "", [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), file]).Status);

        Watchdog.Ends(() => Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start")));

        // Anything but a folder is replaced, and the target of a link is not changed.
        Watchdog.Ends(() => new GuestLocationCache(Path).Remember(Location() with { Fingerprint = "another" }));
        Assert.Equal(program == "mkdir" ? null : "another", new GuestLocationCache(Path).Find(5, s_uuid, "start")?.Fingerprint);
        Assert.Equal("as it was", new GuestLocationCache(Path).Find(5, s_uuid, "start") is null ? "as it was" : Read("domain-6.json"));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Path), entry => System.IO.Path.GetFileName(entry).StartsWith('.'));
    }

    [Fact]
    public void APipeInPlaceOfTheFolderIsNotWaitedFor()
    {
        Assert.SkipWhen(Tool.Find("mkfifo") is null, "mkfifo is not installed");
        Tool.Run("mkfifo", "", Path);

        Watchdog.Ends(() => Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start")));
        Watchdog.Ends(() => new GuestLocationCache(Path).Remember(Location()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("""{"domId":5}""")]
    [InlineData("""{"domId":65536,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":""}""")]
    [InlineData("""{"domId":5,"uuid":"nobody","startTime":"start","fingerprint":""}""")]
    [InlineData("""{"domId":5,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":"","eventPages":7}""")]
    // Valid JSON with impossible values.
    [InlineData("""{"domId":5,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":"","eventPages":[null]}""")]
    [InlineData("""{"domId":5,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":"","vcpuRecords":[null]}""")]
    [InlineData(
        """{"domId":5,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":"","eventPages":[{"index":0,"pfn":1"""
            + ""","frame":1},{"index":-1,"pfn":2,"frame":2}]}"""
    )]
    [InlineData(
        """{"domId":5,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":"","eventPages":[{"index":0,"pfn":1"""
            + ""","frame":1},{"index":0,"pfn":2,"frame":2}]}"""
    )]
    public void GarbageIsNotKnown(string text)
    {
        Write(text);

        Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start"));
    }

    [Fact]
    public void TheSameThatIsNoGarbageIsKnown()
    {
        Write(
            """{"domId":5,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":"","eventPages":[{"index":0"""
                + ""","pfn":1,"frame":1},{"index":1,"pfn":2,"frame":2}]}""");

        Assert.Equal(2, new GuestLocationCache(Path).Find(5, s_uuid, "start")?.EventPages?.Count);
    }

    [Fact]
    public void AFileThatIsTooLargeIsNotRead()
    {
        const string text = """{"domId":5,"uuid":"00000005-0000-0000-0000-000000000000","startTime":"start","fingerprint":""}""";
        Write(text + new string(' ', (1 << 20) - text.Length));
        Assert.NotNull(new GuestLocationCache(Path).Find(5, s_uuid, "start"));

        Write(text + new string(' ', (1 << 20) - text.Length + 1));
        Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start"));
    }

    [Fact]
    public void WhatCannotBeWrittenIsKnownToThisProcess()
    {
        _temporary.Write("places", [1]);
        var folder = new GuestLocationCache(Path);

        folder.Remember(Location());

        Assert.NotNull(folder.Find(5, s_uuid, "start"));
        Assert.Null(new GuestLocationCache(Path).Find(5, s_uuid, "start"));
        folder.Forget(5);
        Assert.Null(folder.Find(5, s_uuid, "start"));
    }

    [Fact]
    public void WithoutAFolderThisProcessKnows()
    {
        var folder = new GuestLocationCache(null);
        folder.Remember(Location());

        Assert.NotNull(folder.Find(5, s_uuid, "start"));
        folder.Forget(5);
        Assert.Null(folder.Find(5, s_uuid, "start"));
    }

    private string Read(string name) =>
        System
            .Text.Json.JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(Path, name)))
            .RootElement.GetProperty("fingerprint")
            .GetString()!;

    private void Write(string text)
    {
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(System.IO.Path.Combine(Path, "domain-5.json"), text);
    }

    private static GuestLocation Location() => new()
    {
        DomId = 5,
        Uuid = s_uuid,
        StartTime = "start",
        Fingerprint = "as it was",
        EventPages = [new EventPageLocation(0, 0x123, 0x4123), new EventPageLocation(1, 0x30, 0x4030)],
        SearchedAt = Some.Start,
        VcpuRecords = [new VcpuInfoLocation(0, 0x200, ulong.MaxValue, 0xe0, "evidence", Some.Start, uint.MaxValue, 7, 8)],
    };
}
