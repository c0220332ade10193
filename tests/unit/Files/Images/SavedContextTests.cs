using XenShared.Diagnosis;
using XenShared.Fuzz.Samples;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.Images;

/// <summary>Tests the processor states in saved guests and core dumps.</summary>
public sealed class SavedContextTests
{
    private const uint Hvm = 2;
    private static readonly string s_data = Path.Combine(AppContext.BaseDirectory, "data");

    [Fact]
    public void ASavedHvmGuestHasRegistersAndLocalApics()
    {
        var contexts = Read(new SaveStreamWriter().Libxc(Hvm).HvmContext(online: 2, 1_000_000, offline: 1).Record(0, []).ToBytes());

        Assert.Equal([0, 1, 2], contexts.Select(context => context.Vcpu));
        Assert.All(contexts[..2], context =>
        {
            Assert.Equal((true, SaveStreamWriter.Rip, true), (context.IsOnline, context.InstructionPointer, context.InterruptFlag));
            Assert.Equal((true, (byte)0x10), (context.Apic!.IsEnabled, context.Apic.TaskPriority));
            Assert.Equal([0xf3], context.Apic.Requested);
            Assert.Empty(context.Apic.InService);
            Assert.Equal((null, null, null), (context.Run, context.CallbackIrq, context.EventCallback));
            Assert.Contains("callback", context.WhyUnknown, StringComparison.Ordinal);
        });
        // Its APIC has old values.
        Assert.Equal(new VcpuContext(2) { IsOnline = false, WhyUnknown = "the vCPU is offline" }, contexts[2]);
    }

    [Fact]
    public void TheApicCanBeDisabledOrMissing()
    {
        var cpu = new byte[1032];
        byte[] disabled =
        [
            .. SaveStreamWriter.HvmRecord(2, 0, cpu),
            .. SaveStreamWriter.HvmRecord(5, 0, [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
        ];
        var registers = SaveStreamWriter.HvmRecord(6, 0, new byte[1024]);

        var (off, none) = (Assert.Single(Read(Saved([.. disabled, .. registers]))), Assert.Single(Read(Saved(disabled))));

        Assert.Equal((false, false), (off.Apic!.IsEnabled, off.InterruptFlag));
        Assert.Null(none.Apic);
        Assert.Contains("neither the callback nor the local APIC", none.WhyUnknown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void ASavedPvGuestHasRegistersAndItsCallback(int width)
    {
        var contexts = Read(SaveStreamWriter.Write(GuestSample.Fifo(vcpus: 2), width: width));

        var mask = width == 8 ? ulong.MaxValue : uint.MaxValue;
        Assert.Equal(
            [
                .. Enumerable.Range(0, 2).Select(vcpu => new VcpuContext(vcpu)
                {
                    IsOnline = true,
                    InstructionPointer = SaveStreamWriter.Rip & mask,
                    EventCallback = SaveStreamWriter.EventCallback & mask,
                }),
            ],
            contexts);
    }

    [Theory]
    [InlineData(true, 64)]
    [InlineData(true, 32)]
    [InlineData(false, 64)]
    public void ACoreDumpHasRegisters(bool isPv, int width)
    {
        var contexts = Read(ImageFile.Dump(GuestSample.Fifo(vcpus: 2), isPv, writer =>
        {
            writer.Width = width;
            writer.OfflineVcpus.Add(1);
        }));

        Assert.Equal(2, contexts.Length);
        Assert.Equal((true, CoreDumpWriter.Rip), (contexts[0].IsOnline, contexts[0].InstructionPointer));
        Assert.Equal(isPv ? CoreDumpWriter.EventCallback : null, contexts[0].EventCallback);
        Assert.Equal(isPv ? null : true, contexts[0].InterruptFlag);
        Assert.Equal(isPv, contexts[0].WhyUnknown is null);
        Assert.Equal(new VcpuContext(1) { IsOnline = false, WhyUnknown = "the vCPU is offline" }, contexts[1]);
    }

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "longer than the rest", Saved([2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]) },
        { "longer than the rest", Saved(SaveStreamWriter.HvmRecord(99, 0, new byte[16])[..^8]) },
        { "has 655 bytes, fewer than 656", Saved(SaveStreamWriter.HvmRecord(2, 0, new byte[655])) },
        { "has 11 bytes, fewer than 12", Saved(SaveStreamWriter.HvmRecord(5, 0, new byte[11])) },
        { "has 1023 bytes, fewer than 1024", Saved(SaveStreamWriter.HvmRecord(6, 0, new byte[1023])) },
        { "has 23 bytes, fewer than 24", Saved(SaveStreamWriter.HvmRecord(1, 0, new byte[23])) },
        { "vCPU 8192 is beyond", Saved(SaveStreamWriter.HvmRecord(6, 8192, new byte[1024])) },
        {
            "a record of vCPU 3 comes twice",
            Saved([.. SaveStreamWriter.HvmRecord(6, 3, new byte[1024]), .. SaveStreamWriter.HvmRecord(6, 3, new byte[1024])])
        },
        { "a second HVM context", new SaveStreamWriter().Libxc(Hvm).HvmContext(1, 1).HvmContext(1, 1).Record(0, []).ToBytes() },
        { "the registers of vCPU 1 come twice", Pv(writer => writer.Vcpu(1, 0).Vcpu(1, 0)) },
        { "the registers of vCPU 0 have 2800 bytes, fewer than 5168", Pv(writer => writer.NarrowVcpu(0)) },
        { "the registers of vCPU 0 have 0 bytes", Pv(writer => writer.Record(4, new byte[8])) },
    };

    [Theory, MemberData(nameof(Damaged))]
    public void ARecordThatCannotBe(string reason, byte[] bytes) => ImageFile.AssertDamaged(bytes, reason);

    [Fact]
    public void AFileThatIsCutOffIsRefused() =>
        ImageFile.AssertRefusedWherever(new SaveStreamWriter().Libxc(Hvm).HvmContext(2, 1, 1).Record(0, []).ToBytes(), 101);

    [Fact]
    public void ACoreDumpWithTooFewRegisters() =>
        ImageFile.AssertDamaged(
            ImageFile.Dump(GuestSample.Fifo(vcpus: 2), change: writer => writer.RegisterBytesLeftOut = 1),
            "fewer than 5168 for each of 2 vCPUs");

    // The guest suspended itself, so its interrupts are off.
    [Fact]
    public void ThePathOfARealSavedGuestIsJudgedAsFarAsTheFileGoes()
    {
        using var target = TargetFile.Open(Path.Combine(s_data, "bookworm-pvh-fifo.save"));
        var observer = new RecordingObserver();

        var paths = new EventPathQuery(target, observer) { Ports = [5, 6] }.Run(DomainSelection.All).ToArray();

        Assert.Equal(2, paths.Length);
        Assert.All(paths, path =>
        {
            Assert.Equal("vCPU 0 is online", Step(path, EventPathLink.Vcpu).Evidence);
            Assert.Equal(EventLinkState.Unknown, Step(path, EventPathLink.Interrupts).State);
            Assert.StartsWith("RFLAGS.IF is 0 in the only read", Step(path, EventPathLink.Interrupts).Evidence, StringComparison.Ordinal);
            Assert.Equal("a saved guest does not contain its callback", Step(path, EventPathLink.Callback).Evidence);
            Assert.StartsWith("disabled in the only read", Step(path, EventPathLink.Apic).Evidence, StringComparison.Ordinal);
            Assert.Equal("registers in the file", Step(path, EventPathLink.Vcpu).Source);
            Assert.Equal((EventPathVerdict.Quiet, null), (path.Verdict, path.StopsAt));
            Assert.EndsWith("Whether its channel is open is not known.", path.Evidence, StringComparison.Ordinal);
        });
        Assert.DoesNotContain(observer.Warnings, warning => warning.Message.Contains("processor states", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bookworm-pv-fifo.core", 0xffffffff81a442b5, 0xffffffff81027ef0, null)]
    [InlineData("bookworm-pvh-fifo.core", 0xffffffff81a592eb, null, true)]
    public void TheRegistersOfARealCoreDump(string name, ulong pointer, ulong? callback, bool? flag)
    {
        using var target = TargetFile.Open(Path.Combine(s_data, name));

        var context = Assert.Single(target.ReadVcpuContexts(target.ReadDomains().Single()));

        Assert.Equal((pointer, callback, flag), (context.InstructionPointer, context.EventCallback, context.InterruptFlag));
    }

    private static XenEventPathStep Step(XenEventPath path, EventPathLink link) => path.Step.Single(step => step.Link == link);

    private static byte[] Saved(byte[] context) => new SaveStreamWriter().Libxc(Hvm).Record(9, context).Record(0, []).ToBytes();

    private static byte[] Pv(Action<SaveStreamWriter> records)
    {
        var writer = new SaveStreamWriter().Libxc(1).Record(2, [8, 4, 0, 0, 0, 0, 0, 0]);
        records(writer);
        return writer.Record(7, new byte[4096]).Record(0, []).ToBytes();
    }

    private static VcpuContext[] Read(byte[] file)
    {
        using var target = ImageFile.Open(file);
        return [.. target.ReadVcpuContexts(target.ReadDomains().Single())];
    }
}
