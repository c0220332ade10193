using System.Text;

namespace XenShared.Tests.Support;

/// <summary>What a run of the command left behind.</summary>
internal sealed record CliResult(int Status, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
