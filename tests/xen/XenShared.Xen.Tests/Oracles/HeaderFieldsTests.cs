using System.Globalization;

namespace XenShared.Xen.Tests.Oracles;

/// <summary>Tests the reader of the C program's output, and the comparison with it. Needs no Xen.</summary>
public sealed class HeaderFieldsTests
{
    [Fact]
    public void Values_are_read_by_name()
    {
        var fields = HeaderFields.Parse(
            "frame 0xbfc58\nwc_version 2\nvcpu_info[0].time.tsc_shift -1\nvcpu_info[0].time.tsc_timestamp 18446744073709551615\n");

        Assert.Equal(0xbfc58ul, fields.Frame);
        Assert.Equal(2, fields["wc_version"]);
        Assert.Equal(-1, fields["vcpu_info[0].time.tsc_shift"]);
        Assert.Equal(ulong.MaxValue, fields["vcpu_info[0].time.tsc_timestamp"]);
    }

    [Fact]
    public void A_page_from_a_file_has_no_frame() => Assert.Null(HeaderFields.Parse("wc_version 2\n").Frame);

    [Fact]
    public void A_line_that_is_not_understood_is_not_passed_over() =>
        Assert.Throws<FormatException>(() => HeaderFields.Parse("wc_version\n"));

    [Theory]
    [InlineData(64, 63u, true)]
    [InlineData(64, 64u, false)]
    [InlineData(64, 4095u, true)]
    [InlineData(32, 31u, true)]
    [InlineData(32, 32u, false)]
    [InlineData(32, 1023u, true)]
    public void Bits_of_the_bitmaps_are_found_in_both_widths(int words, uint port, bool expected)
    {
        var top = words == 64 ? 1ul << 63 : 1ul << 31;
        var lines = Enumerable
            .Range(0, words)
            .Select(word =>
                string.Create(CultureInfo.InvariantCulture, $"evtchn_mask[{word}] {(word == 0 || word == words - 1 ? top : 0)}\n"));

        Assert.Equal(expected, HeaderFields.Parse(string.Concat(lines)).IsSet("evtchn_mask", port));
    }

    [Fact]
    public void A_field_that_differs_is_named_and_one_that_is_not_known_differs()
    {
        var page = new XenSharedInfo
        {
            DomId = 1,
            Layout = GuestLayout.X86_64,
            WallClock = new XenWallClock
            {
                Version = 2,
                Seconds = 5,
                Nanoseconds = 7,
            },
        };
        var headers = HeaderFields.Parse(
            "wc_version 2\nwc_sec 5\nwc_sec_hi 0\nwc_nsec 8\n"
                + string.Concat(
                    PageComparison
                        .Scalars(page)
                        .Keys.Where(name => name.StartsWith("arch.", StringComparison.Ordinal))
                        .Select(name => $"{name} 0\n")));

        var differences = PageComparison.Differences(page, headers, []).ToArray();

        Assert.Equal(7, differences.Length);
        Assert.StartsWith("wc_nsec: 7 here, 8", differences[0], StringComparison.Ordinal);
        Assert.All(differences[1..], difference => Assert.StartsWith("arch.", difference, StringComparison.Ordinal));
    }

    [Fact]
    public void Ports_of_a_two_level_page_are_compared_by_their_bits()
    {
        var page = new XenSharedInfo
        {
            DomId = 1,
            Layout = GuestLayout.X86_64,
            EventAbi = EventAbi.TwoLevel,
            PendingPort = [1, 3],
            UnmaskedPort = [1],
        };
        var words = string.Concat(
            Enumerable
                .Range(1, 63)
                .Select(word => string.Create(CultureInfo.InvariantCulture, $"evtchn_pending[{word}] 0\nevtchn_mask[{word}] 0\n")));
        string[] Compare(int pending, int mask) =>
            [
                .. PageComparison
                    .Differences(
                        page,
                        HeaderFields.Parse($"{Scalars(page)}evtchn_pending[0] {pending}\nevtchn_mask[0] {mask}\n{words}"),
                        [1, 3])
                    .Where(difference => difference.StartsWith("evtchn", StringComparison.Ordinal)),
            ];

        Assert.Empty(Compare(pending: 0b1010, mask: 0b1000));
        Assert.Single(Compare(pending: 0b0010, mask: 0b1000));
        Assert.Equal(2, Compare(pending: 0b0010, mask: 0b1010).Length);
        // A bit of a port that is not bound means nothing.
        Assert.Empty(Compare(pending: 0b11010, mask: 0b1100));
    }

    private static string Scalars(XenSharedInfo page) => string.Concat(PageComparison.Scalars(page).Keys.Select(name => $"{name} 0\n"));
}
