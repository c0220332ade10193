using FsCheck.Fluent;
using XenShared.Targets.Remote;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>Checks that a text that is not a host name is refused before ssh is started.</summary>
[Collection("ssh")]
public sealed class SshDestinationTests(SshBed bed)
{
    public static TheoryData<string> EvilNames =>
        new(
            "",
            "-",
            "-oProxyCommand=touch evil",
            "--",
            "a;reboot",
            "$(touch evil)",
            "`touch evil`",
            "a b",
            "a\nb",
            "a\0b",
            "a|b",
            "a&b",
            "a>b",
            "a'b",
            "a\"b",
            "a/b",
            "a\\b",
            "user@host",
            "host%n",
            "%h",
            "~",
            "a\u00e9",
            new string('a', 256));

    [Theory]
    [MemberData(nameof(EvilNames))]
    public void AnEvilNameIsOneErrorAndNothingRuns(string name)
    {
        Assert.SkipWhen(bed.WhyNoStandIns is not null, bed.WhyNoStandIns ?? "");
        var before = bed.Started.Length;

        var error = Assert.Throws<XenException>(() => RemoteTarget.Open(new SshDestination(name)));

        Assert.Equal(XenErrorId.HostUnreachable, error.Id);
        Assert.Equal(before, bed.Started.Length);
    }

    [Theory]
    [InlineData("-l")]
    [InlineData("root;reboot")]
    [InlineData("a b")]
    [InlineData("")]
    public void AnEvilUserIsRefused(string user) =>
        Assert.Equal(XenErrorId.HostUnreachable, Assert.Throws<XenException>(() => new SshDestination("far") { UserName = user }).Id);

    [Theory]
    [InlineData("ssh://far", "far", null, null)]
    [InlineData("ssh://root@far", "far", "root", null)]
    [InlineData("ssh://root@far:2222", "far", "root", 2222)]
    [InlineData("ssh://root@dom.ain@far:22/", "far", "root@dom.ain", 22)]
    [InlineData("ssh://[fe80::1%eth0]:22", "fe80::1%eth0", null, 22)]
    public void AnAddressIsTakenApart(string text, string host, string? user, int? port)
    {
        var destination = SshDestination.Parse(text);

        Assert.Equal((host, user, port), (destination.HostName, destination.UserName, destination.Port));
    }

    [Theory]
    [InlineData("ssh://")]
    [InlineData("ssh://-oProxyCommand=x")]
    [InlineData("ssh://far:x")]
    [InlineData("ssh://far:0")]
    [InlineData("ssh://far:65536")]
    [InlineData("ssh://[fe80::1")]
    [InlineData("ssh://far;reboot")]
    public void AnInvalidAddressIsRejected(string text) =>
        Assert.Equal(XenErrorId.HostUnreachable, Assert.Throws<XenException>(() => SshDestination.Parse(text)).Id);

    [Fact]
    public void AFileIsNoDestination() => Assert.False(SshDestination.IsUri("ssh.xencap"));

    [Fact]
    public void WhateverIsAcceptedIsAWordForAnyShell() => Always.Holds(ArbMap.Default.GeneratorFor<string?>(), text =>
    {
        try
        {
            var name = new SshDestination(text!).HostName;
            Assert.Matches(@"^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*\z", name);
        }
        catch (XenException error)
        {
            Assert.Equal(XenErrorId.HostUnreachable, error.Id);
        }
    }, cases: 2000);
}
