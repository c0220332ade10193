using XenShared.Native;
using XenShared.Tests.Support;

namespace XenShared.Tests.Native;

/// <summary>Checks the error id and the message of each failed call.</summary>
public sealed class XenErrorMapTests
{
    private const ushort DomId = 7;

    public static TheoryData<int> AnyErrno =>
        [1, 2, 3, 5, 6, 11, 12, 13, 14, 16, 19, 22, 25, 38, 95, 110, 0, -1, int.MaxValue];

    [Theory]
    [InlineData(Errno.EACCES, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.EPERM, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.ENOENT, XenErrorId.XenNotAvailable)]
    [InlineData(Errno.ENODEV, XenErrorId.XenNotAvailable)]
    [InlineData(Errno.ENOMEM, XenErrorId.XenNotAvailable)]
    [InlineData(Errno.ENOTTY, XenErrorId.XenNotAvailable)]
    public void Opening(int errno, XenErrorId id)
    {
        var error = XenErrorMap.OpenFailed("xc_interface_open", errno);

        AssertError(error, id, "xc_interface_open", errno, domId: null);
        Assert.Null(error.DomId);
    }

    [Theory]
    [InlineData(Errno.EACCES, true, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.EACCES, false, XenErrorId.XenInterfaceMismatch)]
    [InlineData(Errno.EPERM, false, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.ESRCH, true, XenErrorId.DomainVanished)]
    [InlineData(Errno.ENOSYS, true, XenErrorId.NotSupportedByHost)]
    [InlineData(Errno.EOPNOTSUPP, true, XenErrorId.NotSupportedByHost)]
    [InlineData(Errno.ENOTTY, true, XenErrorId.XenNotAvailable)]
    [InlineData(Errno.ENODEV, true, XenErrorId.NotSupportedByHost)]
    [InlineData(Errno.EFAULT, true, XenErrorId.NotSupportedByHost)]
    public void CallsAboutDomains(int errno, bool versionsAgree, XenErrorId id) =>
        AssertError(XenErrorMap.DomainCall("xc_vcpu_getinfo", errno, DomId, versionsAgree), id, "xc_vcpu_getinfo", errno);

    [Theory]
    [InlineData(Errno.ESRCH, XenErrorId.DomainVanished)]
    [InlineData(Errno.EPERM, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.EACCES, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.EINVAL, XenErrorId.SharedInfoNotMapped)]
    [InlineData(Errno.ENOENT, XenErrorId.SharedInfoNotMapped)]
    [InlineData(Errno.ENOMEM, XenErrorId.NotSupportedByHost)]
    [InlineData(Errno.EBUSY, XenErrorId.NotSupportedByHost)]
    public void Mapping(int errno, XenErrorId id) =>
        AssertError(XenErrorMap.MapFailed(errno, DomId, isOwn: false), id, "xenforeignmemory_map", errno);

    [Theory]
    [InlineData(Errno.ESRCH, XenErrorId.DomainVanished)]
    [InlineData(Errno.EACCES, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.EPERM, XenErrorId.XenAccessDenied)]
    [InlineData(Errno.ENOSYS, XenErrorId.NotSupportedByHost)]
    public void CallsAboutPorts(int errno, XenErrorId id) =>
        AssertError(XenErrorMap.PortCall("EVTCHNOP_status", errno, DomId, 3), id, "EVTCHNOP_status", errno);

    [Theory]
    [MemberData(nameof(AnyErrno))]
    public void EveryErrnoOfEveryCallGivesASentenceWithTheDomainAndAnAdvice(int errno)
    {
        XenException[] errors =
        [
            XenErrorMap.DomainCall("xc_domain_getinfolist", errno, DomId, versionsAgree: true),
            XenErrorMap.MapFailed(errno, DomId, isOwn: false),
            XenErrorMap.MapFailed(errno, DomId, isOwn: true),
            XenErrorMap.PortCall("EVTCHNOP_status", errno, DomId, 3),
        ];

        Assert.All(errors, error =>
        {
            Messages.AssertSentence(error.Message);
            // An error of the whole host names no domain.
            if (error.IsFatal) return;
            Messages.AssertSentence(error.Message, DomId);
            Assert.Equal(DomId, error.DomId!.Value);
        });
        Messages.AssertSentence(XenErrorMap.OpenFailed("xc_interface_open", errno).Message);
        Messages.AssertSentence(XenErrorMap.DomainCall("xc_domain_getinfolist", errno, domId: null, versionsAgree: true).Message);
    }

    [Fact]
    public void OnesOwnPageIsItsOwnError()
    {
        foreach (var errno in (int[])[Errno.ESRCH, Errno.EINVAL, Errno.EPERM])
            AssertError(
                XenErrorMap.MapFailed(errno, 0, isOwn: true),
                XenErrorId.SharedInfoOfOwnDomain,
                "xenforeignmemory_map",
                errno,
                domId: 0);
    }

    [Fact]
    public void ErrorsWithoutAnErrno()
    {
        AssertError(XenErrorMap.NotAvailable(), XenErrorId.XenNotAvailable, null, null, domId: null);
        AssertError(XenErrorMap.NotMapped(DomId), XenErrorId.SharedInfoNotMapped, null, null);
        AssertError(XenErrorMap.NotFound(DomId), XenErrorId.DomainNotFound, null, null);
        AssertError(XenErrorMap.Vanished(DomId), XenErrorId.DomainVanished, null, null);
        AssertError(XenErrorMap.NoPageOnArm(DomId), XenErrorId.NotSupportedByHost, null, null);
    }

    [Fact]
    public void AMissingLibraryIsNamedWithWhatToInstall()
    {
        var error = Assert.Throws<XenException>(() => NativeLibraries.Require("no-such-library"));

        Assert.Equal(XenErrorId.XenLibraryNotFound, error.Id);
        Assert.Contains("libno-such-library", error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message);
        Assert.NotNull(error.Advice);
    }

    [Fact]
    public void ErrnosHaveNames()
    {
        Assert.Equal("EACCES", Errno.Name(13));
        Assert.Equal("EOPNOTSUPP", Errno.Name(95));
        Assert.Equal("errno 12345", Errno.Name(12345));
    }

    private static void AssertError(XenException error, XenErrorId id, string? operation, int? errno, ushort? domId = DomId)
    {
        Assert.Equal((id, operation, errno), (error.Id, error.Operation, error.Errno));
        Messages.AssertSentence(error.Message);
        Assert.NotNull(error.Advice);
        Assert.EndsWith(".", error.Advice, StringComparison.Ordinal);
        Assert.True(char.IsUpper(error.Advice[0]));
        if (operation is not null) Assert.Contains($"({operation}: {Errno.Name(errno!.Value)})", error.Message, StringComparison.Ordinal);
        if (error.IsFatal || domId is not { } one) return;
        Assert.Equal(one, error.DomId!.Value);
        Messages.AssertSentence(error.Message, one);
    }
}
