using XenShared.Tests.Cli.Matrix;
using XenShared.Tests.Support;

namespace XenShared.Tests.Cli;

/// <summary>Tests a target that is read from standard input.</summary>
public sealed class StandardInputTests
{
    private const string TwoDumps = LogTexts.HungGuest + LogTexts.OneIdlePort;

    [Theory]
    [InlineData("-t", "-")]
    [InlineData("--target", "-")]
    public void A_log_from_a_pipe_is_read(params string[] target)
    {
        var result = CliProgram.RunWithInput(LogTexts.HungGuest, ["channels", "--pending", .. target]);

        Assert.Equal(0, result.Status);
        Assert.Contains("domain 0 port 32", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_is_selected_by_its_number()
    {
        var (first, last) = (
            CliProgram.RunWithInput(TwoDumps, "channels", "-t", "-", "--json", "--dump", "1"),
            CliProgram.RunWithInput(TwoDumps, "channels", "-t", "-", "--json"));

        Assert.Equal((0, 0), (first.Status, last.Status));
        Assert.NotEqual(first.Output, last.Output);
        Assert.Equal(CliProgram.RunWithInput(LogTexts.HungGuest, "channels", "-t", "-", "--json").Output, first.Output);
        Assert.Contains("has 2 dumps", last.Error, StringComparison.Ordinal);
        Assert.Equal(5, CliProgram.RunWithInput(TwoDumps, "channels", "-t", "-", "--dump", "3").Status);
    }

    [Fact]
    public void The_frame_of_a_page_that_a_text_does_not_contain_is_not_known()
    {
        const string States = """
            (XEN) 'q' pressed -> dumping domain info (now = 1234567890)
            (XEN) General information for domain 3:
            (XEN)     refcnt=3 dying=0 pause_count=0
            (XEN)     nr_pages=100 xenheap_pages=5 dirty_cpus={} max_pages=4294967295
            (XEN) VCPU information and callbacks for domain 3:
            (XEN)     VCPU0: CPU0 [has=T] poll=0 upcall_pend=01 upcall_mask=00
            (XEN)     pause_count=0 pause_flags=0
            (XEN) Notifying guest 0:0 (virq 1, port 8)

            """;

        var result = CliProgram.RunWithInput(States, "domains", "-t", "-");

        Assert.Equal(0, result.Status);
        Assert.Contains("running", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("not mapped", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_without_a_file_is_a_usage_error() =>
        Assert.Equal(2, CliProgram.Run("channels", "--target", "simulated", "--dump", "1").Status);

    [Fact]
    public void The_memory_of_a_guest_is_not_read_from_a_pipe()
    {
        var result = CliProgram.RunWithInput("Xen saved domain, xl format\n \0 \r", "channels", "-t", "-");

        Assert.Equal(5, result.Status);
        Assert.Contains("from a pipe", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_on_standard_input_is_an_error() => Assert.Equal(5, CliProgram.RunWithInput("", "channels", "-t", "-").Status);
}
