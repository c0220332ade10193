namespace XenShared.Tests.Cli.Matrix;

/// <summary>What a file of the matrix is made from.</summary>
internal enum MatrixKind
{
    Host,
    CoreDump,
    SavedGuest,
    Page,
    ConsoleLog,
    Nothing,
}
