using XenShared.Files;
using XenShared.Kernel;
using XenShared.Tests.Support;

namespace XenShared.Tests.Kernel;

/// <summary>Tests reading the files of a kernel, correct ones and damaged ones.</summary>
public sealed class OwnKernelTests : IDisposable
{
    private const ulong Outside = 0xffff_c900_0000_0000;

    private static readonly string[] s_symbols =
    [
        "evtchn_ops_2l", "evtchn_ops_fifo", "evtchn_ops", "event_array_pages", "event_array", "__per_cpu_offset", "xen_vcpu_id",
        "xen_vcpu", "xen_vcpu_info",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly FakeKernel _kernel = new(cpus: 2, arrayPages: 2);

    public static TheoryData<string> Symbols => new(s_symbols);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryPageAndRecordIsRead()
    {
        _kernel.SetWord(7, 0xe000_0000);
        _kernel.SetWord(1024, 0x8000_0000);
        RecordBytes.Create(100, 5_000_000_000).CopyTo(_kernel.Record(1));

        var pages = Open().ReadEventArray();
        var records = Open().ReadVcpuRecords(2);

        Assert.Equal([0, 1], pages.Select(page => page.Index));
        Assert.Equal(0xe0, pages[0].Bytes.Span[7 * 4 + 3]);
        Assert.Equal(0x80, pages[1].Bytes.Span[3]);
        // The result contains no kernel addresses.
        Assert.All(pages, page => Assert.Equal((0ul, 0ul), (page.Pfn, page.Frame)));
        Assert.Equal([0, 1], records.Select(record => record.Vcpu));
        Assert.Equal(_kernel.Record(1).ToArray(), records[1].Bytes.ToArray());
        Assert.All(records, record => Assert.False(record.IsUnstable));
    }

    [Fact]
    public void ARecordThatIsBeingWrittenEachTimeIsUnstable()
    {
        RecordBytes.Create(101, 5_000_000_000).CopyTo(_kernel.Record(1));

        Assert.Equal([false, true], Open().ReadVcpuRecords(2).Select(record => record.IsUnstable));
    }

    [Fact]
    public void ACpuThatPointsElsewhereHasNoRecord()
    {
        _kernel.PointElsewhere(0, FakeKernel.DirectMap);

        Assert.Equal(1, Assert.Single(Open().ReadVcpuRecords(2)).Vcpu);
    }

    [Fact]
    public void VcpusHaveTheNumbersThatXenKnowsThemBy()
    {
        _kernel.Renumber(0, 6);

        Assert.Equal([6, 1], Open().ReadVcpuRecords(2).Select(record => record.Vcpu));
    }

    [Theory]
    [InlineData(1ul)]
    [InlineData(0xffff_fffful)]
    public void NumbersThatCannotBeAreRejected(ulong vcpu)
    {
        _kernel.Renumber(0, vcpu);

        AssertUnreadable("has the impossible vCPU number", kernel => kernel.ReadVcpuRecords(2));
    }

    [Fact]
    public void ATwoLevelKernelHasNoArray()
    {
        _kernel.Set("evtchn_ops", _kernel.Symbols["evtchn_ops_2l"]);

        AssertUnreadable("two-level channels");
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(FakeKernel.Data)]
    public void AnotherAbiIsNotRead(ulong operations)
    {
        _kernel.Set("evtchn_ops", operations);

        AssertUnreadable("no known event channel ABI");
    }

    [Theory]
    [MemberData(nameof(Symbols))]
    public void ASymbolThatIsMissingIsNamed(string symbol)
    {
        _kernel.Symbols.Remove(symbol);

        Assert.Contains($"one symbol '{symbol}'", Assert.ThrowsAny<XenException>(ReadAll).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Symbols))]
    public void ASymbolThatIsThereTwiceIsNotBelieved(string symbol)
    {
        _kernel.Lines.Add($"ffffffff82400000 d {symbol}");

        Assert.Contains($"one symbol '{symbol}'", Assert.ThrowsAny<XenException>(ReadAll).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HiddenAddressesAreNamedAndNotRemembered()
    {
        foreach (var symbol in s_symbols) _kernel.Symbols[symbol] = 0;
        var cache = new GuestLocationCache(null);
        var kernel = new OwnKernel(_kernel.Write(_folder.Root), cache);

        Assert.Contains("kptr_restrict", Assert.Throws<XenException>(() => kernel.ReadEventArray()).Message, StringComparison.Ordinal);
        new FakeKernel().Write(_folder.Root);
        Assert.Single(kernel.ReadEventArray());
    }

    [Theory]
    [InlineData("proc/kallsyms")]
    [InlineData("proc/kcore")]
    [InlineData("proc/sys/kernel/random/boot_id")]
    public void AFileThatIsMissingIsNamed(string file)
    {
        var kernel = Open();
        File.Delete(_folder[file]);

        AssertUnreadable(kernel, $"has no '/{file}'");
    }

    // A file that root may not open either.
    [Theory]
    [InlineData("proc/kallsyms", false)]
    [InlineData("proc/kcore", false)]
    [InlineData("proc/kcore", true)]
    public void AFileThatMayNotBeReadIsNamed(string file, bool isLockedDown)
    {
        var kernel = Open();
        File.Delete(_folder[file]);
        Directory.CreateDirectory(_folder[file]);
        Directory.CreateDirectory(_folder["sys/kernel/security"]);
        File.WriteAllText(
            _folder["sys/kernel/security/lockdown"],
            isLockedDown ? "none integrity [confidentiality]\n" : "none [integrity] confidentiality\n");

        var reason = Environment.IsPrivilegedProcess ? "does not let root read" : "This user may not read";
        AssertUnreadable(kernel, isLockedDown ? "locked down (confidentiality), so '/proc/kcore'" : $"{reason} '/{file}'");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a UUID")]
    public void ABootThatIsNotNamedIsNotKnown(string boot)
    {
        _kernel.BootId = boot;

        AssertUnreadable("contains no UUID");
    }

    [Fact]
    public void SymbolsAreReadOncePerBoot()
    {
        var cache = _folder["cache"];
        var root = _kernel.Write(_folder.Root);
        new OwnKernel(root, new GuestLocationCache(cache)).ReadEventArray();
        File.WriteAllText(_folder["proc/kallsyms"], "");

        // Another process, and the same boot.
        Assert.Equal(2, new OwnKernel(root, new GuestLocationCache(cache)).ReadEventArray().Count);
        File.WriteAllText(_folder["proc/sys/kernel/random/boot_id"], Guid.NewGuid().ToString());
        AssertUnreadable(new OwnKernel(root, new GuestLocationCache(cache)), "one symbol");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"bootId":"dc36c03e-6585-4bb6-b5e9-07365a8df827","addresses":null}""")]
    public void ADamagedCacheIsReplaced(string content)
    {
        var root = _kernel.Write(_folder.Root);
        new OwnKernel(root, new GuestLocationCache(_folder["cache"])).ReadEventArray();
        File.WriteAllText(_folder["cache/kernel.json"], content);

        Assert.Equal(2, new OwnKernel(root, new GuestLocationCache(_folder["cache"])).ReadEventArray().Count);
        Assert.NotNull(new GuestLocationCache(_folder["cache"]).FindKernel(Guid.Parse(_kernel.BootId)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(200)]
    [InlineData(300)]
    public void AMemoryFileThatIsCutOffIsNotRead(int length)
    {
        _kernel.Break = bytes => bytes[..length];

        AssertUnreadable("ends too early");
    }

    [Theory]
    [InlineData(0, 0)] // magic
    [InlineData(4, 1)] // 32 bits
    [InlineData(5, 2)] // big endian
    [InlineData(54, 32)] // the size of a header
    public void AnotherFileIsNotRead(int offset, byte value)
    {
        _kernel.Break = bytes =>
        {
            bytes[offset] = value;
            return bytes;
        };

        AssertUnreadable("not a 64-bit ELF file");
    }

    [Fact]
    public void TooManyHeadersAreNotRead()
    {
        _kernel.Break = bytes =>
        {
            bytes[57] = 0x80;
            return bytes;
        };

        AssertUnreadable("32771 headers");
    }

    [Fact]
    public void ARangeThatClaimsAllMemoryLeadsOutOfTheFile()
    {
        _kernel.Segments.Clear();
        _kernel.Segments.Add((0, ulong.MaxValue, 0));

        AssertUnreadable("ends too early");
    }

    [Fact]
    public void AnOffsetBeyondAllFilesLeadsOutOfTheFile()
    {
        _kernel.Segments.Clear();
        _kernel.Segments.Add((FakeKernel.Data, ulong.MaxValue, ulong.MaxValue - 0x9_0000));

        AssertUnreadable("ends too early");
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 10)]
    [InlineData(1ul << 63)]
    [InlineData(long.MaxValue)]
    public void HeadersBeyondAllFilesLeadOutOfTheFile(ulong offset)
    {
        _kernel.Break = bytes =>
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), offset);
            return bytes;
        };

        AssertUnreadable("ends too early");
    }

    [Fact]
    public void RangesThatOverlapMustAgree()
    {
        var first = _kernel.Segments[0];
        _kernel.Segments.Add(first);
        Assert.Equal(2, Open().ReadEventArray().Count);

        _kernel.Segments.Add((first.Address, first.Length, 0x1000));
        AssertUnreadable("two segments of '/proc/kcore' contain the same address");
    }

    [Theory]
    [InlineData(0ul, "leads outside")]
    [InlineData(Outside, "leads outside")]
    [InlineData(ulong.MaxValue - 0xfff, "leads outside")]
    [InlineData(FakeKernel.DirectMap + 8, "not aligned")]
    public void APageOutsideAllRangesIsNotRead(ulong address, string reason)
    {
        _kernel.Set("event_array", address, at: 1);

        AssertUnreadable(reason);
    }

    [Fact]
    public void ARangeThatEndsInAPageIsNotRead()
    {
        _kernel.Segments[1] = (FakeKernel.DirectMap, 0x1800, null);

        AssertUnreadable("leads outside");
    }

    [Theory]
    [InlineData(129)]
    [InlineData(uint.MaxValue)]
    public void MorePagesThanThereCanBeAreNotRead(ulong count)
    {
        _kernel.Set("event_array_pages", count);

        AssertUnreadable($"{count} pages, more than 128");
    }

    // A number of CPUs comes from Xen; what is beyond the kernel's own is other memory.
    [Fact]
    public void CpusBeyondItsOwnAreNotRead() => AssertUnreadable("leads outside", kernel => kernel.ReadVcpuRecords(int.MaxValue));

    [Fact]
    public void ASymbolTableOfOneLineWithoutEndHasNoSymbols()
    {
        var kernel = Open();
        using (var table = new FileStream(_folder["proc/kallsyms"], FileMode.Create)) table.SetLength(300_000_000);

        AssertUnreadable(kernel, "one symbol");
    }

    // With any damage, the result is data or a reason, and needs no more memory than with correct files.
    [Fact]
    public void NoDamageCrashesHangsOrTakesMemory()
    {
        Open();
        var core = File.ReadAllBytes(_folder["proc/kcore"]);
        var symbols = File.ReadAllBytes(_folder["proc/kallsyms"]);
        var answers = (Read: 0, Refused: 0);
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            File.WriteAllBytes(_folder["proc/kcore"], Damage(core, random, within: random.Next(2) == 0 ? 300 : core.Length));
            File.WriteAllBytes(_folder["proc/kallsyms"], random.Next(4) == 0 ? Damage(symbols, random, symbols.Length) : symbols);
            var kernel = new OwnKernel(_folder.Root, new GuestLocationCache(null));
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var read in new Action[] { () => kernel.ReadEventArray(), () => kernel.ReadVcpuRecords(8192) })
            {
                try
                {
                    read();
                    answers.Read++;
                }
                catch (XenException error) when (error.Id == XenErrorId.EventStateUnknown)
                {
                    answers.Refused++;
                }
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        }
        Assert.True(answers is { Read: > 20, Refused: > 20 }, $"{answers}");
    }

    private static byte[] Damage(byte[] sound, Random random, int within)
    {
        var damaged = sound.ToArray();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(within);
            if (random.Next(3) == 0) damaged.AsSpan(at, Math.Min(8, damaged.Length - at)).Fill((byte)random.Next(256));
            else damaged[at] ^= (byte)(1 << random.Next(8));
        }
        return random.Next(8) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
    }

    private OwnKernel Open() => new(_kernel.Write(_folder.Root), new GuestLocationCache(null));

    private void ReadAll()
    {
        var kernel = Open();
        kernel.ReadVcpuRecords(2);
        kernel.ReadEventArray();
    }

    private void AssertUnreadable(string reason, Action<OwnKernel>? read = null) => AssertUnreadable(Open(), reason, read);

    private static void AssertUnreadable(OwnKernel kernel, string reason, Action<OwnKernel>? read = null)
    {
        var error = Assert.Throws<XenException>(() => (read ?? (own => own.ReadEventArray()))(kernel));

        Assert.Equal((XenErrorId.EventStateUnknown, (ushort?)0), (error.Id, error.DomId));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        // The reason is one line of a warning with advice.
        Messages.AssertSentence(error.Message, 0);
        Assert.NotNull(error.Advice);
    }
}
