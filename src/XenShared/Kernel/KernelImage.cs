using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace XenShared.Kernel;

/// <summary>
/// Reads memory of the running kernel from <c>/proc/kcore</c>, an ELF file. Its program headers state which address is at which offset of
/// the file. Every number in it is checked, because nothing guarantees that the file comes from a kernel.
/// </summary>
internal sealed class KernelImage : IDisposable
{
    // The sizes of the ELF header and of a program header, and the type of a program header that describes memory, PT_LOAD (elf.h).
    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const uint Loaded = 1;

    // The kernel has one program header per contiguous range of memory. A file with more headers than this is rejected.
    private const int MaximumHeaders = 4096;

    private readonly SafeFileHandle _file;
    private readonly string _name;
    private readonly List<Segment> _segments = [];

    private KernelImage(SafeFileHandle file, string name)
    {
        _file = file;
        _name = name;
    }

    /// <summary>Opens the file, and reads its headers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its name for messages.</param>
    /// <exception cref="XenException">The file is not a valid 64-bit ELF file.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static KernelImage Open(string path, string name)
    {
        var image = new KernelImage(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), name);
        try
        {
            image.ReadHeaders();
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Reads memory of the kernel, beginning at an address.</summary>
    /// <exception cref="XenException">The file does not contain all of this memory, or it contains it at two offsets.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Read(ulong address, Span<byte> bytes)
    {
        ulong? offset = null;
        foreach (var segment in _segments)
        {
            if (segment.OffsetOf(address, (ulong)bytes.Length) is not { } found) continue;
            if (offset is { } other && other != found) throw KernelErrors.Unexpected($"two segments of '{_name}' contain the same address");
            offset = found;
        }
        if (offset is not { } start) throw KernelErrors.Unexpected($"one of its pointers leads outside the memory in '{_name}'");
        ReadFile(start, bytes);
    }

    /// <summary>Reads the 64-bit value at an address of the kernel, with the errors of <see cref="Read"/>.</summary>
    public ulong ReadUInt64(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Reads the 32-bit value at an address of the kernel, with the errors of <see cref="Read"/>.</summary>
    public uint ReadUInt32(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Read(address, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void ReadHeaders()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        ReadFile(0, header);
        // An ELF file begins with a magic number. The next byte is 2 for 64 bits, and the byte after it is 1 for little endian.
        if (!header.StartsWith("\u007fELF\u0002\u0001"u8) || BinaryPrimitives.ReadUInt16LittleEndian(header[54..]) != ProgramHeaderBytes)
            throw KernelErrors.Unexpected($"'{_name}' is not a 64-bit ELF file");
        var first = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        if (count > MaximumHeaders) throw KernelErrors.Unexpected($"'{_name}' has {count} headers, more than {MaximumHeaders}");
        var headers = new byte[count * ProgramHeaderBytes];
        ReadFile(first, headers);
        for (var at = 0; at < headers.Length; at += ProgramHeaderBytes)
        {
            var program = headers.AsSpan(at, ProgramHeaderBytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(program) != Loaded) continue;
            _segments.Add(new Segment(
                BinaryPrimitives.ReadUInt64LittleEndian(program[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(program[8..]),
                Math.Min(
                    BinaryPrimitives.ReadUInt64LittleEndian(program[32..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(program[40..]))));
        }
    }

    private void ReadFile(ulong offset, Span<byte> bytes)
    {
        var length = 0;
        while (length < bytes.Length && offset <= (ulong)(long.MaxValue - bytes.Length))
        {
            var got = RandomAccess.Read(_file, bytes[length..], (long)offset + length);
            if (got == 0) break;
            length += got;
        }
        if (length < bytes.Length) throw KernelErrors.Unexpected($"'{_name}' ends too early");
    }

    /// <summary>Represents a contiguous range of kernel memory, and its offset in the file.</summary>
    private readonly record struct Segment(ulong Address, ulong Offset, ulong Length)
    {
        /// <summary>Returns the file offset of a range of addresses; null if the range is not entirely in the segment.</summary>
        public ulong? OffsetOf(ulong address, ulong length)
        {
            var within = address - Address;
            return address >= Address && within <= Length && Length - within >= length && within <= ulong.MaxValue - Offset
                ? Offset + within
                : null;
        }
    }
}
