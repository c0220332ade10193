using System.Globalization;
using System.Text;
using XenShared.Files;
using XenShared.Hypervisor;

namespace XenShared.Kernel;

/// <summary>
/// Finds the processes of the control domain that have pages of other domains mapped. Their <c>/proc/PID/maps</c> contains a mapping of one
/// of Xen's devices. An open file descriptor of such a device proves nothing, because every toolstack has some.
/// </summary>
/// <param name="folder">The folder of the process file system, usually <c>/proc</c>.</param>
internal sealed class MappingProcessReader(string folder)
{
    // The maximum sizes of a line of /proc/PID/maps and of the whole file. A path in it has at most 4,096 characters, and each takes four
    // bytes if it is escaped. A process has at most 65,530 mappings by default.
    private const int MaximumLine = 32 * 1024;
    private const long MaximumMaps = 64L << 20;

    // The maximum number of processes that are read. A control domain has a few hundred. Linux permits about four million, which would take
    // too long to read.
    private const int MaximumScanned = 32 * 1024;

    // Privcmd, under two paths, maps pages of other domains by frame number. Gntdev maps pages that other domains have granted.
    private static readonly byte[][] s_devices =
        [.. ((string[])["/dev/xen/privcmd", "/proc/xen/privcmd", "/dev/xen/gntdev"]).Select(Encoding.ASCII.GetBytes)];

    /// <summary>Gets the reader for the processes of the running system.</summary>
    public static MappingProcessReader Standard { get; } = new("/proc");

    /// <summary>Reads the processes that have pages of other domains mapped.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the processes cannot be listed.</exception>
    public MappingProcessTable Read()
    {
        var processes = new List<MappingProcess>();
        var isComplete = true;
        var scanned = 0;
        foreach (var process in List())
        {
            if (++scanned > MaximumScanned || processes.Count == MappingProcessTable.MaximumProcesses)
            {
                isComplete = false;
                break;
            }
            switch (MapsPages(process))
            {
                case true: processes.Add(new MappingProcess(process, ReadName(process))); break;
                case null: isComplete = false; break;
                default: break;
            }
        }
        return new MappingProcessTable(processes, isComplete);
    }

    private int[] List()
    {
        try
        {
            return
            [
                .. Directory.EnumerateDirectories(folder)
                    .Select(path => Path.GetFileName(path))
                    .Where(name => name.Length > 0 && name.All(char.IsAsciiDigit))
                    .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
                    .Where(number => number > 0)
                    .Order(),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new XenException(
                XenErrorId.NotSupportedByHost,
                $"The processes of domain 0 cannot be listed ({error.Message.TrimEnd('.')})",
                "check whether /proc is mounted");
        }
    }

    // Determines whether a process has pages of other domains mapped. Returns null if its mappings cannot be read although it still exists.
    private bool? MapsPages(int process)
    {
        var path = PathOf(process, "maps");
        try
        {
            using var maps = File.OpenRead(path);
            var lines = new BoundedLineReader(maps, MaximumLine, MaximumMaps);
            while (lines.Read() is { } line)
            {
                if (IsXenDevice(line.Span)) return true;
            }
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // If the folder of the process is gone, the process has ended, so it maps nothing.
            return Directory.Exists(Path.GetDirectoryName(path)) ? null : false;
        }
    }

    // Determines whether a line of /proc/PID/maps is a mapping of a Xen device. The path is the last field, and the fields before it
    // contain no slash. So the path begins at the first slash. The kernel appends " (deleted)" if the device node was removed.
    private static bool IsXenDevice(ReadOnlySpan<byte> line)
    {
        var start = line.IndexOf((byte)'/');
        if (start < 0) return false;
        var path = line[start..];
        if (path.EndsWith(" (deleted)"u8)) path = path[..^" (deleted)"u8.Length];
        foreach (var device in s_devices)
        {
            if (path.SequenceEqual(device)) return true;
        }
        return false;
    }

    private string? ReadName(int process)
    {
        try
        {
            using var file = File.OpenRead(PathOf(process, "comm"));
            var name = new byte[MappingProcess.MaximumName];
            var length = file.ReadAtLeast(name, name.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(name, 0, length).TrimEnd('\n') is { Length: > 0 } text ? text : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string PathOf(int process, string file) =>
        Path.Combine(folder, process.ToString(CultureInfo.InvariantCulture), file);
}
