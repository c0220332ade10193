using System.Buffers;
using System.Text;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>Sends debug keys to Xen, and reads Xen's output from its console ring.</summary>
internal sealed unsafe class XenConsole(XenControl control)
{
    // The buffer size of xl dmesg.
    private const int ChunkBytes = 16384;

    // Far more than any dump. If the console is written faster than it is read, reading must still end.
    private const int MaximumBytes = 64 << 20;

    // Each read counts as at least this many bytes. Otherwise a console that returns one byte at a time would be read 64 million times.
    private const int MinimumCharge = 1024;

    /// <summary>Sends the debug key <c>e</c>, and reads Xen's output.</summary>
    public DebugKeyDump DumpEventChannels()
    {
        NativeLibraries.Require(
            NativeLibraries.Control,
            nameof(XenControl.xc_send_debug_keys),
            nameof(XenControl.xc_readconsolering));
        uint? index = null;
        // The end of the ring can only be found by reading to the end.
        Drain(ref index, null);
        Press((byte)'e');
        var takenAt = TimeProvider.System.GetUtcNow();
        var text = new ArrayBufferWriter<byte>(ChunkBytes);
        // Xen prints all output during the call that sends the key, so it is complete.
        var isCutOff = Drain(ref index, text);
        // Guests can print any byte; each becomes one character.
        return new DebugKeyDump(takenAt, Encoding.Latin1.GetString(text.WrittenSpan), isCutOff);
    }

    private void Press(byte key)
    {
        var keys = stackalloc byte[] { key, 0 };
        if (XenControl.xc_send_debug_keys(control.Interface, keys) != 0)
            throw control.ConsoleError(nameof(XenControl.xc_send_debug_keys));
    }

    // Reads from the index, or from the oldest byte, to the end of the ring. Returns true if data after the index was overwritten before it
    // could be read; only the data after the gap is then kept.
    private bool Drain(ref uint? index, ArrayBufferWriter<byte>? text)
    {
        var isCutOff = false;
        var total = 0;
        var chunk = stackalloc byte[ChunkBytes];
        while (true)
        {
            uint count = ChunkBytes;
            var next = index ?? 0;
            // The ring is not cleared, because that would remove its content for other readers such as xl dmesg.
            var incremental = index is null ? 0 : 1;
            if (XenControl.xc_readconsolering(control.Interface, chunk, &count, clear: 0, incremental, &next) != 0)
                throw control.ConsoleError(nameof(XenControl.xc_readconsolering));
            count = Math.Min(count, ChunkBytes);
            // The index counts all bytes ever written, modulo 2^32.
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
