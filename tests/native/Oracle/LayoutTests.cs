using XenShared.Layout;

namespace XenShared.Native.Tests.Oracle;

/// <summary>Compares the layouts with the installed Xen headers: both have the same members.</summary>
public sealed class LayoutTests
{
    private const string Source = "layout.c";

    public static TheoryData<string, GuestLayout> Architectures => new()
    {
        { "x86_64", GuestLayout.X86_64 },
        { "x86_32", GuestLayout.X86_32 },
        { "arm64", GuestLayout.Arm },
        { "arm32", GuestLayout.Arm },
    };

    [Theory, MemberData(nameof(Architectures))]
    public void The_shared_page_is_laid_out_as_in_the_headers(string architecture, GuestLayout which)
    {
        var headers = HeaderOracle.Compile(Source, architecture);
        var layout = SharedInfoLayout.ForLayout(which);

        Assert.Equal(Text(OfPage(layout)), Text(headers.Fields("shared_info")));
        Assert.Equal(headers.Size("shared_info"), layout.Size);
    }

    [Theory, MemberData(nameof(Architectures))]
    public void A_vcpus_record_is_laid_out_as_in_the_headers(string architecture, GuestLayout which)
    {
        var headers = HeaderOracle.Compile(Source, architecture);
        var layout = SharedInfoLayout.ForLayout(which).Vcpu;

        Assert.Equal(Text(layout.Fields.Select(Field)), Text(headers.Fields("vcpu_info")));
        Assert.Equal(headers.Size("vcpu_info"), layout.Size);
        Assert.Equal(headers.Fields("vcpu_info").Single(field => field.Name == "time.version").Offset, layout.TimeOffset);
        Assert.Equal(headers.Size("vcpu_time_info"), SeqlockRange.SlotTime(SharedInfoLayout.ForLayout(which), 0).Length);
    }

    [Theory]
    [InlineData("x86_64")]
    [InlineData("x86_32")]
    [InlineData("arm64")]
    [InlineData("arm32")]
    public void A_control_block_of_events_is_laid_out_as_in_the_headers(string architecture)
    {
        var headers = HeaderOracle.Compile(Source, architecture);
        HeaderField[] ours =
        [
            new("ready", ControlBlockContent.ReadyOffset, sizeof(uint)),
            new("_rsvd", sizeof(uint), sizeof(uint)),
            new("head", ControlBlockContent.HeadsOffset, sizeof(uint), ControlBlockContent.QueueCount),
        ];

        Assert.Equal(Text(ours), Text(headers.Fields("evtchn_fifo_control_block")));
        Assert.Equal(ControlBlockContent.Size, headers.Size("evtchn_fifo_control_block"));
    }

    [Theory, MemberData(nameof(Architectures))]
    public void The_architecture_part_is_laid_out_as_in_the_headers(string architecture, GuestLayout which)
    {
        var headers = HeaderOracle.Compile(Source, architecture);
        var layout = SharedInfoLayout.ForLayout(which);
        var start = layout.Size - headers.Size("arch_shared_info");
        var theirs = headers
            .Fields("arch_shared_info")
            .Select(field => field with { Name = $"arch.{field.Name}", Offset = start + field.Offset });
        var ours = layout.Fields.Where(field => field.Name.StartsWith("arch.", StringComparison.Ordinal));

        Assert.Equal(Text(ours.Select(Field)), Text(theirs));
    }

    [Theory, MemberData(nameof(Architectures))]
    public void Records_follow_each_other_without_a_gap(string architecture, GuestLayout which)
    {
        var headers = HeaderOracle.Compile(Source, architecture);
        var layout = SharedInfoLayout.ForLayout(which);

        Assert.Equal(
            headers.Fields("shared_info").Single(field => field.Name == "evtchn_pending").Offset,
            layout.SlotCount * headers.Size("vcpu_info"));
        Assert.Equal((layout.SlotCount - 1) * headers.Size("vcpu_info"), layout.SlotOffset(layout.SlotCount - 1));
        Assert.Null(layout.SlotOffset(layout.SlotCount));
    }

    private static IEnumerable<HeaderField> OfPage(SharedInfoLayout layout) =>
    [
        .. layout.Vcpu.Fields.Select(field => Field(field) with { Name = $"vcpu_info[].{field.Name}" }),
        new("evtchn_pending", layout.PendingOffset, layout.WordBytes, layout.BitmapBytes / layout.WordBytes),
        new("evtchn_mask", layout.MaskOffset, layout.WordBytes, layout.BitmapBytes / layout.WordBytes),
        .. layout.Fields.Select(Field),
    ];

    private static HeaderField Field(LayoutField field) => new(field.Name, field.Offset, field.Width, Signed: field.Signed);

    private static string Text(IEnumerable<HeaderField> fields) =>
        string.Join('\n', fields.Where(field => !field.IsPadding).OrderBy(field => field.Offset)
            .Select(field => $"{field.Name} {field.Offset} {field.Width}*{field.Count}{(field.Signed ? " signed" : "")}"));
}
