using System.Diagnostics;
using System.Text;

namespace XenShared.Xen.Sampler;

/// <summary>Runs the C program that presses debug keys and pauses domains.</summary>
internal sealed class DebugKey : IDisposable
{
    private const string Done = "=====";

    private readonly Process _program = Process.Start(
        new ProcessStartInfo("/in/oracle/debug_key") { RedirectStandardInput = true, RedirectStandardOutput = true }
    )!;

    /// <summary>Presses debug key 'e', and returns Xen's output.</summary>
    public string Press() => Send("e");

    public void Pause(IEnumerable<ushort> domIds) => Send($"pause {string.Join(' ', domIds)}");

    public void Unpause(IEnumerable<ushort> domIds) => Send($"unpause {string.Join(' ', domIds)}");

    public void Dispose()
    {
        _program.StandardInput.Close();
        _program.WaitForExit();
        _program.Dispose();
    }

    private string Send(string command)
    {
        _program.StandardInput.WriteLine(command);
        _program.StandardInput.Flush();
        var text = new StringBuilder();
        while (_program.StandardOutput.ReadLine() is { } line)
        {
            if (line == Done) return text.ToString();
            text.Append(line).Append('\n');
        }
        throw new InvalidOperationException("debug_key ended.");
    }
}
