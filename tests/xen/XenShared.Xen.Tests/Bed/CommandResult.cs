using System.Text;

namespace XenShared.Xen.Tests.Bed;

/// <summary>The exit status and the output of a command.</summary>
internal sealed record CommandResult(string Command, int ExitCode, byte[] Output, string Error)
{
    private const int ShownCharacters = 2000;

    /// <summary>Standard output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Itself, if the command succeeded.</summary>
    public CommandResult Succeeded() => ExitCode == 0 ? this : throw new InvalidOperationException(
        $"'{Command}' ended with {ExitCode}.\nstandard error: {Tail(Error)}\nstandard output: {Tail(Text)}");

    private static string Tail(string text) => text.Length > ShownCharacters ? "..." + text[^ShownCharacters..] : text;
}
