using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace XenShared.Targets.Remote;

/// <summary>Represents one ssh process: its streams, its error output, and its end.</summary>
internal sealed class SshChannel : IDisposable
{
    // The maximum number of received messages that wait for TryTake. Further messages are dropped, because a remote program could send
    // messages without end.
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

    /// <summary>Gets the output of the remote end.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Gets the input of the remote end.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    public bool HasExited => _process.HasExited;

    /// <summary>Gets a value indicating whether the process was killed because it wrote too much to standard error.</summary>
    public bool WasFlooded => _reader.IsFlooded;

    /// <summary>Gets the last line on standard error that is not a <see cref="WireMessage"/>, such as an error of ssh; or null.</summary>
    public string? LastErrorLine
    {
        get
        {
            lock (_lastLine) return _lastLength > 0 ? StandardErrorReader.Text(_lastLine.AsSpan(0, _lastLength)) : null;
        }
    }

    /// <summary>Starts the process.</summary>
    /// <param name="start">The start information.</param>
    /// <param name="forget">The callback on disposal; null for none.</param>
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
                "check whether OpenSSH's client is completely installed",
                error);
        }
    }

    /// <summary>Takes the oldest message from standard error; false if there is none.</summary>
    public bool TryTake([NotNullWhen(true)] out WireMessage? line) => _received.TryDequeue(out line);

    /// <summary>Waits for the end of the process and of its error output. Kills it after the timeout.</summary>
    /// <returns>ssh's exit status.</returns>
    public int WaitForEnd(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit)) Kill();
        _process.WaitForExit();
        // A process that ssh has started can keep standard error open after ssh has ended. So the wait for the end of standard error is
        // limited.
        _listening.Wait(TimeSpan.FromSeconds(1));
        return _process.ExitCode;
    }

    /// <summary>Kills the process. Any thread may call it.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // The process has already ended, so there is nothing to kill.
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
            // The process was killed, so there is no more output.
        }
    }

    // Keeps the line in place of the line before. There is one buffer for one line, because a remote program can write many lines, and only
    // the last one is used.
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
