namespace XenShared.Tests.Cli.Matrix;

/// <summary>Specifies the origin of a file of the matrix.</summary>
internal enum MatrixKind
{
    Host,
    CoreDump,
    SavedGuest,
    Page,
    ConsoleLog,
    Nothing,
}
