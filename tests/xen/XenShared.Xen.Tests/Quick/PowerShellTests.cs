using System.Text.Json;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Host;
using XenShared.Xen.Tests.PowerShell;

namespace XenShared.Xen.Tests.Quick;

/// <summary>
/// Compares the module in dom0's PowerShell, while the guests are paused, with the output of <c>xenshared --json</c> at the same time.
/// </summary>
public sealed class PowerShellTests(QuickBed bed) : QuickTest(bed)
{
    private const string KeptOpen =
        "@(Get-ChildItem /proc/self/fd).Count; @(Select-String -Path /proc/self/maps -Pattern /dev/xen/, privcmd).Count";

    // As JsonAgreement words it. With FIFO an event that arrives is also queued.
    private static readonly string[] s_eventArrived =
    [
        ".Pending: false here, true in PowerShell",
        ".Linked: false here, true in PowerShell",
    ];

    [Fact]
    public async Task Get_XenSharedInfo_of_domain_5_is_the_output_of_the_program()
    {
        var (paused, session) = await SessionAsync();
        var step = session.Step("Get-XenSharedInfo -DomId 5");
        var page = Assert.Single(Lines(paused.Pages.Text), page => page.GetProperty("DomId").GetInt32() == 5);
        // It did not sample; and since the program's look, events may have arrived and dom0 may have set the wall clock.
        var moving = new List<string> { "LiveEvidence" };
        if (JsonAgreement.Differences(page.GetProperty("PendingPort"), step.Output[0].GetProperty("PendingPort")).Any())
            moving.AddRange([".PendingPort", ".Bytes"]);
        if (JsonAgreement.Differences(page.GetProperty("WallClock"), step.Output[0].GetProperty("WallClock")).Any())
            moving.AddRange([".WallClock", ".Bytes"]);

        AssertSame([page], step.Output, [.. moving]);
        Assert.Empty(Numbers(page.GetProperty("PendingPort")).Except(Numbers(step.Output[0].GetProperty("PendingPort"))));
        Assert.Empty(step.Errors);
        Assert.Empty(step.Warnings);
    }

    [Fact]
    public async Task Get_XenEventChannel_Where_Pending_lists_what_is_pending()
    {
        var (paused, session) = await SessionAsync();
        var step = session.Step("Get-XenEventChannel | Where Pending");
        (int DomId, int Port) Key(JsonElement channel) => (channel.GetProperty("DomId").GetInt32(), channel.GetProperty("Port").GetInt32());
        // Dom0 is not paused, so its own come and go.
        var before = Lines(paused.Pending.Text).Where(channel => Key(channel).DomId > 0).ToDictionary(Key);

        var listed = step.Output.Where(channel => Key(channel).DomId > 0).ToDictionary(Key);

        Assert.NotEmpty(before);
        Assert.Empty(before.Keys.Except(listed.Keys));
        AssertSame(before.Values, [.. before.Keys.Select(key => listed[key])]);
        Assert.All(listed.Keys.Except(before.Keys), key =>
            Assert.True(paused.KeyLast.Port((ushort)key.DomId, (uint)key.Port)?.Pending, $"{key}"));
        Assert.Empty(step.Errors);
        Assert.Empty(step.Warnings);
    }

    [Theory]
    [InlineData("Get-XenDomain")]
    [InlineData("Get-XenEventChannel")]
    [InlineData("Get-XenVcpuInfo")]
    public async Task The_other_cmdlets_return_what_the_program_prints(string line)
    {
        var (paused, session) = await SessionAsync();
        var text = line switch
        {
            "Get-XenDomain" => paused.Domains.Text,
            "Get-XenEventChannel" => paused.Channels.Ours.Text,
            _ => paused.Vcpus.Text,
        };

        AssertSame(Lines(text), session.Step(line).Output, s_eventArrived);
        Assert.Empty(session.Step(line).Errors);
    }

    [Fact]
    public async Task Domains_bind_from_the_pipeline()
    {
        var (paused, session) = await SessionAsync();

        var output = session.StepStarting("Get-XenDomain | Where-Object Type").Output;

        Assert.NotEmpty(output);
        var pvh = Guest.Quick.Where(guest => guest.Type == DomainType.PVH).Select(guest => (int)paused.Numbers[guest.Name]);
        Assert.Equal(pvh.Order(), output.Select(channel => channel.GetProperty("DomId").GetInt32()).Distinct().Order());
        Assert.All(output, channel => Assert.Equal("VirtualIrq", channel.GetProperty("State").GetString()));
    }

    [Fact]
    public async Task A_domain_that_does_not_exist_is_an_error_with_its_id()
    {
        var (_, session) = await SessionAsync();

        var error = Assert.Single(session.Step("Get-XenSharedInfo -DomId 32000").Errors);

        Assert.StartsWith("DomainNotFound,", error.Id, StringComparison.Ordinal);
        Assert.Contains("32000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_view_names_the_domain()
    {
        var (_, session) = await SessionAsync();

        var text = Assert.Single(session.Step("Get-XenSharedInfo -DomId 5 | Out-String").Output).GetString()!;

        Assert.Contains(Guest.TwoVcpus, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exported_capture_holds_the_host()
    {
        var (paused, session) = await SessionAsync();

        Assert.Empty(session.StepStarting("(Export-XenCapture").Errors);
        Assert.NotNull(session.Exported);
        var channels = await session.Exported.AskAsync<XenEventChannel>("channels");
        Later.AssertSame(paused.Channels.Ours.Objects, channels.Objects);
        Assert.Equal(Guest.AllQuick.Count, session.StepStarting("$target = Connect-XenTarget").Output.Length);
    }

    [Fact]
    public async Task Many_listings_leave_nothing_open()
    {
        var (_, session) = await SessionAsync();

        Assert.Empty(session.StepStarting("foreach (").Errors);
        var (before, after) = (Numbers(session.Step(KeptOpen)), Numbers(session.Step(KeptOpen, occurrence: 1)));
        // PowerShell itself opens a file now and then; a leak would show once a listing, or once a domain.
        Assert.True(after[0] - before[0] < PowerShellSession.Listings / 4, $"{before[0]} files were open before, {after[0]} after");
        Assert.Equal(before[1], after[1]);
    }

    private static int[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetInt32())];

    private static int[] Numbers(PowerShellStep step) => [.. step.Output.Select(number => number.GetInt32())];

    private static JsonElement[] Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static void AssertSame(IEnumerable<JsonElement> program, IEnumerable<JsonElement> shell, params string[] except)
    {
        static bool IsOfGuest(JsonElement element) => element.GetProperty("DomId").GetInt32() > 0;
        var expected = program.Where(IsOfGuest).ToArray();
        var actual = shell.Where(IsOfGuest).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        var differences = expected.Zip(actual).SelectMany(pair => JsonAgreement.Differences(pair.First, pair.Second)).ToArray();
        Assert.All(differences, difference =>
            Assert.True(Array.Exists(except, part => difference.Contains(part, StringComparison.Ordinal)), difference));
    }

    private async Task<(PausedHost Paused, PowerShellSession Session)> SessionAsync()
    {
        var paused = await Bed.PausedAsync();
        if (paused.PowerShell.WhyNotRun is { } reason) Assert.Skip(reason);
        return (paused, paused.PowerShell);
    }
}
