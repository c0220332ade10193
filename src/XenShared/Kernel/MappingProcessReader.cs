using System.Globalization;
using System.Text;
using XenShared.Files;
using XenShared.Hypervisor;

namespace XenShared.Kernel;

/// <summary>
/// Finds the processes of the control domain that have pages of other domains mapped: those with a mapping of Xen's devices in
/// <c>/proc/PID/maps</c>. An open file descriptor proves nothing: every toolstack has some.
/// </summary>
/// <param name="folder">The folder of the process file system.</param>
internal sealed class MappingProcessReader(string folder)
{
    // A path in maps has at most 4,096 characters, each four bytes long if escaped. A process has 65,530 mappings by default.
    private const int MaximumLine = 32 * 1024;
    private const long MaximumMaps = 64L << 20;

    // The kernel's default for pid_max on large hosts is 4 Mi. A control domain has some hundred processes.
    private const int MaximumScanned = 32 * 1024;

    // The first two are the same device. A mapping of gntdev holds the pages of grants. The kernel appends " (deleted)" if the node of the
    // device is gone.
    private static readonly byte[][] s_devices =
        [.. ((string[])["/dev/xen/privcmd", "/proc/xen/privcmd", "/dev/xen/gntdev"]).Select(Encoding.ASCII.GetBytes)];

    /// <summary>Gets the reader of this computer.</summary>
    public static MappingProcessReader Standard { get; } = new("/proc");

    /// <summary>Reads the processes.</summary>
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

    // Null if it cannot be read although the process still exists.
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
            // A process that has ended maps nothing.
            return Directory.Exists(Path.GetDirectoryName(path)) ? null : false;
        }
    }

    // The path begins at the first slash: the fields before it are numbers and letters.
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
