namespace XenShared.Tests;

/// <summary>Tests the exception type of the library.</summary>
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

        Assert.All(Enum.GetValues<XenErrorId>(), id => Assert.Equal(fatal.Contains(id), new XenException(id, "m", "a").IsFatal));
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

        var error = new XenException(XenErrorId.DomainVanished, "Gone", "look", inner)
        {
            DomId = 5,
            Port = 3,
            Operation = "xc_something",
            Errno = 3,
        };

        Assert.Equal(
            (XenErrorId.DomainVanished, "Gone; look.", (ushort?)5, (uint?)3, "xc_something", (int?)3, "Look."),
            (error.Id, error.Message, error.DomId, error.Port, error.Operation, error.Errno, error.Advice));
        Assert.Same(inner, error.InnerException);
    }

    [Fact]
    public void TheMessageJoinsProblemAndAdviceOnce()
    {
        var error = new XenException(XenErrorId.DomainNotFound, "There is no domain 5.", "list the domains");

        Assert.Equal("There is no domain 5; list the domains.", error.Message);
        Assert.Equal(("There is no domain 5.", "List the domains."), (error.Problem, error.Advice));
    }

    [Fact]
    public void WhatWasDoneStandsBeforeTheAdvice()
    {
        var error = new XenException(XenErrorId.PokeLostRace, "It changed", "read again")
        {
            Pokes =
            [
                new XenPoke
                {
                    DomId = 5,
                    Kind = PokeField.Mask,
                    Field = "evtchn_mask[port 3]",
                    Action = PokeAction.ClearBits,
                    Before = 1,
                    After = 0,
                },
            ],
        };

        Assert.Equal("It changed; what was done: evtchn_mask[port 3] 0x1 -> 0x0.", error.Description);
        Assert.Equal("It changed; what was done: evtchn_mask[port 3] 0x1 -> 0x0; read again.", error.Message);
        Assert.Equal("It changed.", error.Problem);
    }

    // Captures hold the whole message; other hosts send the problem.
    [Theory]
    [InlineData("No page; wait.", "Wait.", "No page; wait.")]
    [InlineData("No page.", "Wait.", "No page; wait.")]
    [InlineData("No page", null, "No page.")]
    [InlineData("No page", "", "No page.")]
    public void TheAdviceOfAReportIsThereOnce(string problem, string? advice, string message)
    {
        var error = XenException.FromReport(XenErrorId.SharedInfoNotMapped, problem, advice, null, null);

        Assert.Equal((message, "No page."), (error.Message, error.Problem));
    }
}
