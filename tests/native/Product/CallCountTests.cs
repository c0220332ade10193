using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Product;

/// <summary>Checks the number of native calls of a query: it looks up each domain once, and maps each page once per sample.</summary>
public sealed class CallCountTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private const string List = "xc_domain_getinfolist";
    private const string Width = "xc_domain_get_guest_width";
    private const string RunState = "xc_vcpu_getinfo";
    private const string Map = "xenforeignmemory_map";

    [Fact]
    public void A_PV_guests_page_costs_one_look_up_and_one_mapping()
    {
        Assert.Equal((1L, 1L, 1L), Count("info", "-d", "1", "--json", "--sample", "0"));
    }

    [Fact]
    public void A_PV_guests_channels_cost_one_look_up_and_one_mapping()
    {
        Assert.Equal((1L, 1L, 1L), Count("channels", "-d", "1", "--json", "--source", "SharedPage"));
    }

    // The page of other guests can move, so a second look-up proves that the copy is the page. The layout needs the control domain's clock,
    // so its page is read too.
    [Fact]
    public void A_PVH_guests_page_is_looked_up_again_after_it_was_copied()
    {
        Assert.Equal((2L + 1, 1L, 1L + 1), Count("info", "-d", "5", "--json", "--sample", "0"));
    }

    // Only sampling, fault rules, captures and pokes use them.
    [Theory]
    [InlineData(false, "info", "-d", "1", "--json", "--sample", "0")]
    [InlineData(false, "domains", "--json")]
    [InlineData(false, "channels", "-d", "1", "--json")]
    [InlineData(true, "capture", "-", "-d", "1", "--sample", "0")]
    public void Run_states_are_read_only_if_the_answer_uses_them(bool isRead, params string[] arguments)
    {
        Xen.Load(ProductHost.Create().Write(HostDirectory));
        var before = Xen.Calls(RunState);

        Assert.Equal(0, CommandLine.Run(arguments).Status);

        Assert.Equal(isRead, Xen.Calls(RunState) > before);
    }

    // Its channels lead to domains 1 and 2, which are looked up to see the other ends.
    [Fact]
    public void A_report_maps_the_page_of_the_control_domain_once()
    {
        Assert.Equal((1L + 2, 1L + 2, 1L), Count("report", Path.Combine(HostDirectory, "report.html"), "-d", "0", "--sample", "0"));
    }

    private (long List, long Width, long Map) Count(params string[] arguments)
    {
        Xen.Load(ProductHost.Create().Write(HostDirectory));
        var before = (List: Xen.Calls(List), Width: Xen.Calls(Width), Map: Xen.Calls(Map));

        var run = CommandLine.Run(arguments);

        Assert.Equal(0, run.Status);
        return (Xen.Calls(List) - before.List, Xen.Calls(Width) - before.Width, Xen.Calls(Map) - before.Map);
    }
}
