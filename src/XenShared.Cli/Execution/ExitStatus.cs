namespace XenShared.Cli.Execution;

/// <summary>Defines the exit statuses of the program.</summary>
internal static class ExitStatus
{
    public const int Done = 0;
    public const int NothingMatched = 1;
    public const int FaultFound = 1;
    public const int Usage = 2;
    public const int NoXen = 3;
    public const int NoAccess = 4;
    public const int Failed = 5;
    public const int Unexpected = 7;

    /// <summary>Specifies that the reader has closed the output: 128 plus the number of SIGPIPE.</summary>
    public const int BrokenPipe = 141;

    /// <summary>Specifies that no rule could judge any domain, so the result is not "no fault".</summary>
    public const int NothingJudged = 6;

    /// <summary>Returns the exit status for an error.</summary>
    public static int From(XenErrorId id) => id switch
    {
        XenErrorId.DomainNotFound or XenErrorId.EventChannelNotFound => NothingMatched,
        XenErrorId.XenNotAvailable => NoXen,
        XenErrorId.XenAccessDenied => NoAccess,
        _ => Failed,
    };
}
