using System.Collections.Concurrent;
using System.Diagnostics;

namespace XenShared.Targets.Remote;

/// <summary>One run of ssh: its streams, its last words, its end.</summary>
internal sealed class SshChannel : IDisposable
{
    // More than this nobody reads, and a far end can say without end.
    private const int MaximumHeard = 1000;

    private readonly Process _process;
    private readonly Task _listening;
    private readonly ConcurrentQueue<FarLine> _heard = [];
    private volatile string? _lastWords;

    private SshChannel(Process process)
    {
        _process = process;
        _listening = ListenAsync(new WordsReader(process.StandardError.BaseStream));
    }

    /// <summary>What the far end writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>What it reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    public bool HasExited => _process.HasExited;

    /// <summary>The last line on standard error that is none of ours; null when there is none.</summary>
    public string? LastWords => _lastWords;

    public static SshChannel Start(ProcessStartInfo start)
    {
        try
        {
            return new SshChannel(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new XenException(XenErrorId.HostUnreachable, $"'{start.FileName}' cannot be run: {error.Message}; see whether OpenSSH's client is installed whole.", error);
        }
    }

    /// <summary>Takes a message that came on standard error.</summary>
    public bool TryTake(out FarLine? line) => _heard.TryDequeue(out line);

    /// <summary>Waits for the end, and for all that was said by then; who does not end is ended.</summary>
    /// <returns>ssh's exit status.</returns>
    public int WaitForEnd(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit)) Kill();
        _process.WaitForExit();
        // A process that ssh left behind may hold standard error open.
        _listening.Wait(TimeSpan.FromSeconds(1));
        return _process.ExitCode;
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task ListenAsync(WordsReader reader)
    {
        try
        {
            while (await reader.ReadAsync().ConfigureAwait(false) is { } line)
            {
                if (FarLine.TryRead(line.Span) is not { } message) _lastWords = WordsReader.Text(line.Span) is { Length: > 0 } words ? words : _lastWords;
                else if (_heard.Count < MaximumHeard) _heard.Enqueue(message);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It was ended: nothing more will be said.
        }
    }
}
