using System.Text;

namespace XenShared.Tests.Support;

/// <summary>Represents the result of a run of the command.</summary>
internal sealed record CliResult(int Status, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
