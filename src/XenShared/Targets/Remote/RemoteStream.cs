using XenShared.Files;

namespace XenShared.Targets.Remote;

/// <summary>
/// Reads the standard output of a remote program. While a thread waits for output, the messages from standard error go to the callback.
/// </summary>
internal sealed class RemoteStream(SshChannel channel, Action<WireMessage> onMessage, CancellationToken cancellation) : SequentialReadStream
{
    // The interval at which messages are processed while a thread waits for output.
    private const int PollMilliseconds = 100;

    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _start;
    private int _end;

    /// <summary>Gets a value indicating whether the remote end has closed the stream.</summary>
    public bool HasEnded { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end && !HasEnded) Fill();
        var count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    /// <summary>Passes the messages that have been received to the callback.</summary>
    public void Pump()
    {
        while (channel.TryTake(out var line)) onMessage(line!);
    }

    private void Fill()
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            // A cancellation ends only the wait. The read itself continues, and can still write to its buffer later. So it gets a buffer of
            // this object, and not the buffer of the caller.
            var reading = channel.Output.ReadAsync(_buffer, CancellationToken.None).AsTask();
            while (!reading.Wait(PollMilliseconds, cancellation)) Pump();
            (_start, _end) = (0, reading.Result);
        }
        catch (AggregateException error) when (error.InnerException is IOException or ObjectDisposedException)
        {
            (_start, _end) = (0, 0);
        }
        HasEnded = _end == 0;
        Pump();
    }
}
