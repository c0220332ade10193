using System.Buffers;
using System.Text;
using XenShared.Hypervisor;

namespace XenShared.Native;

/// <summary>Xen's console: debug keys go in, and what Xen prints is read from its ring.</summary>
internal sealed unsafe class XenConsole(XenControl control)
{
    // What xl dmesg asks for at a time.
    private const int ChunkBytes = 16384;

    // Far more than any dump: a console that is written to faster than it is read must not keep us for ever.
    private const int MaximumBytes = 64 << 20;

    // What a read counts for at least. Otherwise a console that gives one byte at a time would be read 64 million times.
    private const int MinimumCharge = 1024;

    /// <summary>Presses key <c>e</c>, and reads what Xen printed.</summary>
    public DebugKeyDump DumpEventChannels()
    {
        NativeLibraries.Require(
            NativeLibraries.Control,
            nameof(LibXenControl.xc_send_debug_keys),
            nameof(LibXenControl.xc_readconsolering));
        uint? index = null;
        // There is no other way to learn where the ring ends than to read it to its end.
        Drain(ref index, null);
        Press((byte)'e');
        var takenAt = DateTimeOffset.UtcNow;
        var text = new ArrayBufferWriter<byte>(ChunkBytes);
        // Xen prints all of it within the call that presses the key, so it is there as a whole.
        var isCutOff = Drain(ref index, text);
        // Guests can print any byte; each becomes one letter.
        return new DebugKeyDump(takenAt, Encoding.Latin1.GetString(text.WrittenSpan), isCutOff);
    }

    private void Press(byte key)
    {
        var keys = stackalloc byte[] { key, 0 };
        if (LibXenControl.xc_send_debug_keys(control.Handle, keys) != 0)
            throw control.ConsoleError(nameof(LibXenControl.xc_send_debug_keys));
    }

    // Reads to the end of the ring, from the index or else from its oldest byte. True: something after the index was overwritten before it
    // could be read; what is kept then came after the gap.
    private bool Drain(ref uint? index, ArrayBufferWriter<byte>? text)
    {
        var isCutOff = false;
        var total = 0;
        var chunk = stackalloc byte[ChunkBytes];
        while (true)
        {
            uint count = ChunkBytes;
            var next = index ?? 0;
            // Clearing would take the ring's content from everyone else who reads it, xl dmesg for one.
            if (LibXenControl.xc_readconsolering(control.Handle, chunk, &count, clear: 0, incremental: index is null ? 0 : 1, &next) != 0)
                throw control.ConsoleError(nameof(LibXenControl.xc_readconsolering));
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
