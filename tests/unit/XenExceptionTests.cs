namespace XenShared.Tests;

/// <summary>The one exception type.</summary>
public sealed class XenExceptionTests
{
    [Fact]
    public void OnlyWhatEndsEveryQuestionIsFatal()
    {
        XenErrorId[] fatal =
        [
            XenErrorId.XenNotAvailable, XenErrorId.XenInterfaceMismatch, XenErrorId.XenLibraryNotFound, XenErrorId.HostUnreachable,
            XenErrorId.RemoteNotInstalled, XenErrorId.FileNotRecognised, XenErrorId.FileDamaged,
        ];

        Assert.All(Enum.GetValues<XenErrorId>(), id => Assert.Equal(fatal.Contains(id), new XenException(id, "m").IsFatal));
    }

    [Fact]
    public void TheNamesThatRunbooksMatchAreTheDocumentedOnes() =>
        Assert.Equal(
            [
                "DomainNotFound",
                "DomainVanished",
                "EventChannelNotFound",
                "EventStateUnknown",
                "FileDamaged",
                "FileNotRecognised",
                "HostUnreachable",
                "LayoutUnknown",
                "NotSupportedByHost",
                "PokeLostRace",
                "PokeNotLogged",
                "PokeRefused",
                "RemoteNotInstalled",
                "ScanRefused",
                "SharedInfoNotMapped",
                "SharedInfoOfOwnDomain",
                "SharedInfoUnstable",
                "WaitTimedOut",
                "XenAccessDenied",
                "XenInterfaceMismatch",
                "XenLibraryNotFound",
                "XenNotAvailable",
            ],
            Enum.GetNames<XenErrorId>().Order(StringComparer.Ordinal));

    [Fact]
    public void ItCarriesWhatHappened()
    {
        var inner = new InvalidOperationException();

        var error = new XenException(XenErrorId.DomainVanished, "Gone.", inner)
        {
            DomId = 5,
            Port = 3,
            Operation = "xc_something",
            Errno = 3,
            Hint = "Look.",
        };

        Assert.Equal(
            (XenErrorId.DomainVanished, "Gone.", (ushort?)5, (uint?)3, "xc_something", (int?)3, "Look."),
            (error.Id, error.Message, error.DomId, error.Port, error.Operation, error.Errno, error.Hint));
        Assert.Same(inner, error.InnerException);
    }
}
