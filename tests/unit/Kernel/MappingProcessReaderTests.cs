using XenShared.Hypervisor;
using XenShared.Kernel;
using XenShared.Tests.Support;

namespace XenShared.Tests.Kernel;

/// <summary>Tests which processes are found to have pages of other domains mapped.</summary>
public sealed class MappingProcessReaderTests : IDisposable
{
    private const string Other =
        "557e2d5f1000-557e2d5f3000 r--p 00000000 fd:01 1835  /usr/sbin/xenstored\n7ffc1-7ffc2 rw-p 0 00:00 0  [stack]\n7ffc3-7ffc4 rw-p 0 "
            + "00:00 0 \n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/dev/xen/privcmd", true)]
    [InlineData("/proc/xen/privcmd", true)]
    [InlineData("/dev/xen/gntdev", true)]
    [InlineData("/dev/xen/privcmd (deleted)", true)]
    [InlineData("/dev/xen/hypercall", false)]
    [InlineData("/dev/xen/evtchn", false)]
    [InlineData("/dev/xen/gntalloc", false)]
    [InlineData("/tmp/dev/xen/privcmd", false)]
    [InlineData("/dev/xen/privcmd\\012", false)]
    [InlineData("[anon:/dev/xen/privcmd]", false)]
    public void OnlyDevicesThatMapOtherDomainsCount(string path, bool isFound)
    {
        Add(17, "holder\n", Other + $"7f0e1000-7f0e2000 rw-s 00000000 00:06 345                {path}\n" + Other);

        var table = Read();

        Assert.True(table.IsComplete);
        Assert.Equal(isFound ? [new MappingProcess(17, "holder")] : [], table.Processes);
    }

    [Fact]
    public void ProcessesAreSortedAndOtherEntriesAreLeftOut()
    {
        Map(1000, "b\n");
        Map(9, "a\n");
        Add(3, "kthreadd\n", "");
        foreach (var name in (string[])["self", "12a", "0", "99999999999"]) Directory.CreateDirectory(_folder[name]);

        Assert.Equal([9, 1000], Read().Processes.Select(process => process.ProcessId));
        Assert.True(Read().IsComplete);
    }

    [Fact]
    public void TheNameIsWhatTheProcessChose()
    {
        Map(5, "a\u001b[2J\nb\n");
        Map(6, "");
        Map(7, new string('x', 5000));
        Map(8, "c\n");
        File.Delete(Path.Combine(_folder["8"], "comm"));

        Assert.Equal(["a\u001b[2J\nb", null, new string('x', 64), null], Read().Processes.Select(process => process.Name));
    }

    [Fact]
    public void AProcessThatCannotBeReadIsNotAnEndedOne()
    {
        Map(5, "a\n");
        Directory.CreateDirectory(_folder["6"]);

        Assert.Equal((false, 1), (Read().IsComplete, Read().Processes.Count));
    }

    [Fact]
    public void AnImpossiblyLongLineIsNotRead()
    {
        Add(5, "a\n", "7f0e1000-7f0e2000 rw-s 0 00:06 345 /" + new string('x', 100_000) + "\n");

        Assert.Equal((false, 0), (Read().IsComplete, Read().Processes.Count));
    }

    [Fact]
    public void TheListIsBounded()
    {
        for (var process = 1; process <= MappingProcessTable.MaximumProcesses + 1; process++) Map(process, "a\n");

        Assert.Equal((false, MappingProcessTable.MaximumProcesses), (Read().IsComplete, Read().Processes.Count));
    }

    [Fact]
    public void WithoutProcessesThereIsAReason()
    {
        var error = Assert.Throws<XenException>(() => new MappingProcessReader(_folder["missing"]).Read());

        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
        Assert.False(error.IsFatal);
        Assert.NotNull(error.Advice);
    }

    [Fact]
    public void TheProcessesOfThisComputerCanBeRead() =>
        Assert.DoesNotContain(MappingProcessReader.Standard.Read().Processes, process => process.ProcessId == Environment.ProcessId);

    private MappingProcessTable Read() => new MappingProcessReader(_folder.Root).Read();

    private void Map(int process, string name) => Add(process, name, "7f0e1000-7f0e2000 rw-s 00000000 00:06 345 /dev/xen/privcmd\n");

    private void Add(int process, string name, string maps)
    {
        var folder = Directory.CreateDirectory(_folder[$"{process}"]).FullName;
        File.WriteAllText(Path.Combine(folder, "comm"), name);
        File.WriteAllText(Path.Combine(folder, "maps"), maps);
    }
}
