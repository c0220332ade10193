using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Reads and writes a file descriptor: a pipe, a terminal, a device or a file. Unlike .NET's console stream, every wait can be cancelled,
/// and a closed pipe is an error. Linux only.
/// </summary>
public sealed class DescriptorStream : Stream
{
    private const int PollMilliseconds = 100;

    // A pipe that is ready accepts this many bytes without waiting (PIPE_BUF). So a longer write to a pipe is split into writes of this
    // length.
    private const int PipeBytes = 4096;
    private const int FileBytes = 1 << 20;

    private readonly SafeFileHandle _handle;
    private readonly string _name;
    private readonly CancellationToken _cancellation;
    private readonly int _maximumWrite;

    internal DescriptorStream(SafeFileHandle handle, string name, bool isRegular, CancellationToken cancellation)
    {
        _handle = handle;
        _name = name;
        _cancellation = cancellation;
        _maximumWrite = isRegular ? FileBytes : PipeBytes;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Opens an inherited descriptor, such as standard output. It is not closed.</summary>
    /// <param name="descriptor">The number of the descriptor.</param>
    /// <param name="name">The name for messages.</param>
    /// <param name="cancellation">Cancels waiting.</param>
    public static DescriptorStream FromInherited(int descriptor, string name, CancellationToken cancellation) =>
        new(new SafeFileHandle(descriptor, ownsHandle: false), name, isRegular: false, cancellation);

    /// <inheritdoc/>
    /// <exception cref="IOException">The descriptor cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            AwaitReady(LibC.ReadReady);
            var read = LibC.Read(_handle, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (read >= 0) return (int)read;
            var errno = Marshal.GetLastPInvokeError();
            if (errno is not (Errno.EINTR or Errno.EAGAIN)) throw FileErrors.Make(_name, "read", errno);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="BrokenPipeException">The reader has closed the pipe.</exception>
    /// <exception cref="IOException">The descriptor cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            AwaitReady(LibC.WriteReady);
            var written = LibC.Write(_handle, ref MemoryMarshal.GetReference(buffer), Math.Min(buffer.Length, _maximumWrite));
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            var errno = Marshal.GetLastPInvokeError();
            if (errno is not (Errno.EINTR or Errno.EAGAIN)) throw FileErrors.Make(_name, "written", errno);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
        // There is nothing to do, because this stream has no buffer.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _handle.Dispose();
        base.Dispose(disposing);
    }

    // Returns when the descriptor is ready to read or to write. Also returns if the descriptor has an error, which the next read or write
    // then reports.
    private void AwaitReady(short wanted)
    {
        var poll = new PollNative { Descriptor = (int)_handle.DangerousGetHandle(), Wanted = wanted };
        for (var wait = 0; ; wait = PollMilliseconds)
        {
            // The first poll does not wait, and comes before the check for cancellation. So data that can be written at once is written
            // even after a cancellation. Such data can be the report of writes to guests, which must not be lost.
            var ready = LibC.Poll(ref poll, 1, wait);
            if (ready > 0)
                return;
            if (ready < 0 && Marshal.GetLastPInvokeError() is not (Errno.EINTR or Errno.EAGAIN) and var errno)
                throw FileErrors.Make(_name, "polled", errno);
            _cancellation.ThrowIfCancellationRequested();
        }
    }
}
