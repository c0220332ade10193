namespace XenShared.Xen.Tests.Oracles;

/// <summary>Tests the reader of <c>lsevtchn</c>'s lines. Needs no Xen.</summary>
public sealed class ListedPortsTests
{
    [Fact]
    public void Every_kind_of_line_is_read()
    {
        var ports = ListedPorts.Parse("""
               1: VCPU 0: Interdomain (Connected) - Remote Domain 0, Port 54
               2: VCPU 1: Interdomain (Waiting connection) - Remote Domain 7
               3: VCPU 0: Virtual IRQ 0
               4: VCPU 2: Physical IRQ 415
            4096: VCPU 3: IPI

            """);

        Assert.Equal(
            [
                new ListedPort(1, ChannelState.Interdomain, 0, 0, 54),
                new ListedPort(2, ChannelState.Unbound, 1, 7),
                new ListedPort(3, ChannelState.VirtualIrq, 0, Irq: 0),
                new ListedPort(4, ChannelState.PhysicalIrq, 2, Irq: 415),
                new ListedPort(4096, ChannelState.Ipi, 3),
            ],
            ports);
    }

    [Fact]
    public void A_security_label_at_the_end_is_passed_over() =>
        Assert.Equal([new ListedPort(5, ChannelState.Ipi, 0)], ListedPorts.Parse("   5: VCPU 0: IPI: system_u:system_r:domU_t\n"));

    [Fact]
    public void No_lines_are_no_ports() => Assert.Empty(ListedPorts.Parse("\n"));

    [Theory]
    [InlineData("ERROR: Could not open libxenctrl")]
    [InlineData("   1: VCPU 0: Something new")]
    [InlineData("   1: VCPU 0: Interdomain (Connected) - Remote Domain 0, Po")]
    public void A_line_that_is_not_understood_is_not_passed_over(string line) =>
        Assert.Throws<FormatException>(() => ListedPorts.Parse(line));
}
