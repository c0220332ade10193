using System.Buffers;
using System.Text;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>Sends debug keys to Xen, and reads Xen's output from its console ring.</summary>
internal sealed unsafe class XenConsole(XenControl control)
{
    // The number of bytes per read, the same as in xl dmesg.
    private const int ChunkBytes = 16384;

    // The maximum number of bytes to read, far more than any dump has. Without it, the reading would not end if the console is written to
    // faster than it is read.
    private const int MaximumBytes = 64 << 20;

    // A read counts as at least this many bytes of MaximumBytes. Otherwise a console that returns one byte per read could be read 64
    // million times.
    private const int MinimumCharge = 1024;

    /// <summary>Sends the debug key <c>e</c>, and reads Xen's output.</summary>
    public DebugKeyDump DumpEventChannels()
    {
        NativeLibraries.Require(
            NativeLibraries.Control,
            nameof(XenControl.xc_send_debug_keys),
            nameof(XenControl.xc_readconsolering));
        uint? index = null;
        // The console ring already contains older text, and the output of the debug key is appended to it. So the ring is read to its end
        // first: index is then the position at which the output will begin. The older text is discarded (null).
        Drain(ref index, null);
        Press((byte)'e');
        var takenAt = TimeProvider.System.GetUtcNow();
        var text = new ArrayBufferWriter<byte>(ChunkBytes);
        // Xen prints all output before the call that sends the key returns, so the output is complete.
        var isCutOff = Drain(ref index, text);
        // Guests can print any byte to the console, so the text may not be valid UTF-8. In Latin-1, each byte is one character.
        return new DebugKeyDump(takenAt, Encoding.Latin1.GetString(text.WrittenSpan), isCutOff);
    }

    private void Press(byte key)
    {
        var keys = stackalloc byte[] { key, 0 };
        if (XenControl.xc_send_debug_keys(control.Interface, keys) != 0)
            throw control.ConsoleError(nameof(XenControl.xc_send_debug_keys));
    }

    // Reads the ring from the index to its end; from the oldest byte if the index is null. Returns true if bytes were overwritten before
    // they could be read. The text then has only the bytes after the last gap.
    private bool Drain(ref uint? index, ArrayBufferWriter<byte>? text)
    {
        var isCutOff = false;
        var total = 0;
        var chunk = stackalloc byte[ChunkBytes];
        while (true)
        {
            uint count = ChunkBytes;
            var next = index ?? 0;
            // The ring is not cleared (clear: 0), because other readers such as xl dmesg need its content.
            var incremental = index is null ? 0 : 1;
            if (XenControl.xc_readconsolering(control.Interface, chunk, &count, clear: 0, incremental, &next) != 0)
                throw control.ConsoleError(nameof(XenControl.xc_readconsolering));
            count = Math.Min(count, ChunkBytes);
            // Positions in the ring count the bytes since the start of Xen, modulo 2^32; next is the position after the bytes just read. If
            // these do not begin where the previous read ended, the bytes between were overwritten.
            if (index is { } expected && unchecked(next - count) != expected)
            {
                isCutOff = true;
                text?.Clear();
            }
            index = next;
            if (count == 0) return isCutOff;
            text?.Write(new ReadOnlySpan<byte>(chunk, (int)count));
            if ((total += Math.Max((int)count, MinimumCharge)) > MaximumBytes) throw XenErrorMap.ConsoleFlooded();
        }
    }
}
