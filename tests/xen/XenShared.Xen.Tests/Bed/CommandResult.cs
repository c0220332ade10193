using System.Text;

namespace XenShared.Xen.Tests.Bed;

/// <summary>Represents the exit status and the output of a command.</summary>
internal sealed record CommandResult(string Command, int ExitCode, byte[] Output, string Error)
{
    private const int ShownCharacters = 2000;

    /// <summary>Gets standard output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Returns this result if the command succeeded; otherwise throws an exception.</summary>
    public CommandResult Succeeded() => ExitCode == 0 ? this : throw new InvalidOperationException(
        $"'{Command}' ended with {ExitCode}.\nstandard error: {Tail(Error)}\nstandard output: {Tail(Text)}");

    private static string Tail(string text) => text.Length > ShownCharacters ? "..." + text[^ShownCharacters..] : text;
}
