using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace XenShared.Targets.Remote;

/// <summary>One run of ssh: its streams, its last words, its end.</summary>
internal sealed class SshChannel : IDisposable
{
    // More than this nobody reads, and a far end can say without end.
    private const int MaximumReceived = 1000;

    private readonly Process _process;
    private readonly Action<SshChannel>? _forget;
    private readonly StandardErrorReader _reader;
    private readonly Task _listening;
    private readonly ConcurrentQueue<WireMessage> _received = [];
    private readonly byte[] _lastLine = new byte[StandardErrorReader.MaximumText];
    private int _lastLength;

    private SshChannel(Process process, Action<SshChannel>? forget)
    {
        _forget = forget;
        _process = process;
        _reader = new StandardErrorReader(process.StandardError.BaseStream);
        _listening = ListenAsync();
    }

    /// <summary>Gets what the far end writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Gets what it reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    public bool HasExited => _process.HasExited;

    /// <summary>Gets whether it was ended because it wrote more on standard error than anybody has to say.</summary>
    public bool WasFlooded => _reader.IsFlooded;

    /// <summary>Gets the last line on standard error that is none of ours; null when there is none.</summary>
    public string? LastErrorLine
    {
        get
        {
            lock (_lastLine) return _lastLength > 0 ? StandardErrorReader.Text(_lastLine.AsSpan(0, _lastLength)) : null;
        }
    }

    /// <summary>Starts it.</summary>
    /// <param name="start">The run.</param>
    /// <param name="forget">Called when it is disposed; null for nobody.</param>
    public static SshChannel Start(ProcessStartInfo start, Action<SshChannel>? forget = null)
    {
        try
        {
            return new SshChannel(Process.Start(start)!, forget);
        }
        catch (Win32Exception error)
        {
            throw new XenException(
                XenErrorId.HostUnreachable,
                $"'{start.FileName}' cannot be run: {error.Message}",
                "see whether OpenSSH's client is installed whole",
                error);
        }
    }

    /// <summary>Takes a message that came on standard error.</summary>
    public bool TryTake([NotNullWhen(true)] out WireMessage? line) => _received.TryDequeue(out line);

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

    /// <summary>Ends it; any thread may do so.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It has ended.
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.WaitForExit();
        _forget?.Invoke(this);
        _process.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (await _reader.ReadAsync().ConfigureAwait(false) is { } line)
            {
                if (!WireMessage.TryRead(line.Span, out var message)) Keep(line.Span.Trim(" \t\r"u8));
                else if (_received.Count < MaximumReceived) _received.Enqueue(message);
            }
            if (_reader.IsFlooded) Kill();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It was ended: nothing more will be said.
        }
    }

    // As bytes, in one place: a far end can say many lines, and of all of them one is shown.
    private void Keep(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) return;
        lock (_lastLine)
        {
            _lastLength = Math.Min(line.Length, _lastLine.Length);
            line[.._lastLength].CopyTo(_lastLine);
        }
    }
}
