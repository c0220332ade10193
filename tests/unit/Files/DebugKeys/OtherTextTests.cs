using System.Text;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Checks the error for texts about Xen that are not supported: it names the text, and the command to run instead.</summary>
public sealed class OtherTextTests
{
    [Theory]
    [InlineData(
        "a dump of debug key 'e'",
        "{x} (XEN) 'e' pressed -> dumping event-channel info\n{x} (XEN) Event channel information for domain 3:\n")]
    [InlineData(
        "a dump of debug key 'q'",
        "{x} (XEN) 'q' pressed -> dumping domain info (now = 12345)\n{x} (XEN) General information for domain 0:\n")]
    [InlineData("the output of lsevtchn", "{x} 1: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 54\n")]
    [InlineData("the output of 'xl list'", "{x} Name   ID   Mem VCPUs\tState\tTime(s)\n{x} Domain-0  0  1280  1  r-----  45.1\n")]
    [InlineData("the output of 'xl vcpu-list'", "{x} Name  ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)\n")]
    [InlineData("the output of xenstore-ls", "{x} /local/domain/0/name = \"Domain-0\"   (n0,r1)\n")]
    [InlineData("the output of xenstore-ls", "tool = \"\"\n xenstored = \"\"\nlocal = \"\"\n domain = \"\"\n")]
    [InlineData("the output of xenstore-ls", "> local = \"\"\n")]
    [InlineData(
        "the output of Linux's xen_debug_interrupt",
        "\nvcpu 0\n  0: masked=1 pending=1 event_sel 0000000000000001\npending:\n")]
    public void A_dump_whose_lines_were_changed_is_not_taken_for_a_missing_one(string what, string text)
    {
        var message = ImageFile.AssertRefused(XenErrorId.FileNotRecognised, Encoding.Latin1.GetBytes(text)).Message;

        Assert.Contains($"has {what}, but", message, StringComparison.Ordinal);
        Assert.DoesNotContain("xl debug-keys", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("g")]
    [InlineData("r")]
    [InlineData("v")]
    public void The_output_of_a_key_on_a_real_host_is_named(string key)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "data", "outputs", $"key-{key}.txt");

        var message = ImageFile.AssertRefused(XenErrorId.FileNotRecognised, File.ReadAllBytes(path)).Message;

        Assert.Contains($"is the output of debug key '{key}'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key 'g'", "(XEN) 'g' pressed -> print grant table usage\n")]
    [InlineData("key 'r'", "(XEN) 'r' pressed -> dump run queues\n")]
    [InlineData("key 'v'", "(XEN) *********** VMCS Areas **************\n")]
    [InlineData("without debug key 'e'", "(XEN) Xen version 4.17.7 (Debian) x\n")]
    public void The_error_names_the_text_and_what_to_run(string what, string text)
    {
        var message = ImageFile.AssertRefused(XenErrorId.FileNotRecognised, Encoding.Latin1.GetBytes(text)).Message;

        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.Contains("run 'xl debug-keys e'", message, StringComparison.Ordinal);
    }
}
