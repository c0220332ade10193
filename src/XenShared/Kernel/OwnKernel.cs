using System.Text;
using XenShared.Files;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Kernel;

/// <summary>
/// Reads the event array and the registered <c>vcpu_info</c> of each CPU from variables of the control domain's Linux kernel, on which this
/// program runs. Nothing proves that the variables contain what their names suggest, so callers compare the data with what Xen reports
/// before they use it.
/// </summary>
public sealed class OwnKernel
{
    /// <summary>The domain of this kernel.</summary>
    public const ushort DomId = 0;

    /// <summary>The maximum number of pages of an event array (<c>MAX_EVENT_ARRAY_PAGES</c>).</summary>
    internal const uint MaximumPages = 128;

    // The name of the environment variable with a folder to use instead of the root folder. If the variable is set but empty, the kernel is
    // not read.
    private const string RootVariable = "XENSHARED_KERNEL_ROOT";

    private const string SymbolFile = "/proc/kallsyms";
    private const string MemoryFile = "/proc/kcore";
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private const string LockdownFile = "/sys/kernel/security/lockdown";

    private const string EventArray = "event_array";
    private const string EventArrayPages = "event_array_pages";
    private const string Operations = "evtchn_ops";
    private const string FifoOperations = "evtchn_ops_fifo";
    private const string TwoLevelOperations = "evtchn_ops_2l";
    private const string CpuOffsets = "__per_cpu_offset";
    private const string CpuRecord = "xen_vcpu_info";
    private const string CpuRecordPointer = "xen_vcpu";
    private const string CpuVcpu = "xen_vcpu_id";

    private static readonly string[] s_symbols =
    [
        EventArray, EventArrayPages, Operations, FifoOperations, TwoLevelOperations,
        CpuOffsets, CpuRecord, CpuRecordPointer, CpuVcpu,
    ];

    private static readonly VcpuInfoLayout s_record = SharedInfoLayout.X86_64.Vcpu;

    private readonly string _root;
    private readonly GuestLocationCache _cache;

    /// <summary>Creates a reader of the kernel whose files are below a folder.</summary>
    /// <param name="root">The folder that holds <c>proc</c> and <c>sys</c>.</param>
    /// <param name="cache">The cache of the addresses of variables, which remain the same until the host restarts.</param>
    public OwnKernel(string root, GuestLocationCache cache)
    {
        _root = root;
        _cache = cache;
    }

    /// <summary>
    /// Gets the kernel of this machine; null if the environment variable <c>XENSHARED_KERNEL_ROOT</c> is empty, which forbids reading it.
    /// </summary>
    public static OwnKernel? Standard { get; } = Environment.GetEnvironmentVariable(RootVariable) switch
    {
        null => new OwnKernel("/", GuestLocationCache.Standard),
        "" => null,
        { } root => new OwnKernel(root, GuestLocationCache.Standard),
    };

    /// <summary>Reads the pages of the kernel's FIFO event array, lowest first.</summary>
    /// <exception cref="XenException">The kernel does not let this program read them, or it uses no FIFO event array, or they are not as
    /// expected.</exception>
    public IReadOnlyList<EventArrayPage> ReadEventArray() =>
        Read((symbols, memory) =>
        {
            var operations = memory.ReadUInt64(symbols(Operations));
            if (operations == symbols(TwoLevelOperations))
                throw KernelErrors.Unexpected("it uses two-level channels, whose state is in the shared page");
            if (operations != symbols(FifoOperations)) throw KernelErrors.Unexpected("it uses no known event channel ABI");
            var count = memory.ReadUInt32(symbols(EventArrayPages));
            if (count > MaximumPages) throw KernelErrors.Unexpected($"its event array has {count} pages, more than {MaximumPages}");
            var pages = new EventArrayPage[count];
            for (var index = 0; index < pages.Length; index++)
            {
                var address = memory.ReadUInt64(symbols(EventArray) + (ulong)index * sizeof(ulong));
                if (address % SharedInfoLayout.PageSize != 0) throw KernelErrors.Unexpected("a page of its event array is not aligned");
                var page = new byte[SharedInfoLayout.PageSize];
                memory.Read(address, page);
                // Only the kernel address of this page is known. Kernel addresses are not reported, so both frame numbers are set to 0.
                pages[index] = new EventArrayPage(index, Pfn: 0, Frame: 0, page);
            }
            return pages;
        });

    /// <summary>
    /// Reads the <c>vcpu_info</c> that the kernel has registered for each of its CPUs. A CPU whose <c>vcpu_info</c> is in the shared info
    /// page is left out.
    /// </summary>
    /// <param name="cpus">The number of CPUs to read, beginning with CPU 0.</param>
    /// <exception cref="XenException">The kernel does not let this program read them, or they are not as expected.</exception>
    public IReadOnlyList<KernelVcpuInfo> ReadVcpuRecords(int cpus) =>
        Read<IReadOnlyList<KernelVcpuInfo>>((symbols, memory) =>
        {
            var records = new List<KernelVcpuInfo>();
            for (var cpu = 0; cpu < Math.Min(cpus, DomainInfo.MaximumVcpus); cpu++)
            {
                var offset = memory.ReadUInt64(symbols(CpuOffsets) + (ulong)cpu * sizeof(ulong));
                var address = symbols(CpuRecord) + offset;
                if (memory.ReadUInt64(symbols(CpuRecordPointer) + offset) != address) continue;
                var vcpu = memory.ReadUInt32(symbols(CpuVcpu) + offset);
                if (vcpu >= DomainInfo.MaximumVcpus || records.Exists(record => record.Vcpu == vcpu))
                    throw KernelErrors.Unexpected($"CPU {cpu} has the impossible vCPU number {vcpu}");
                var bytes = new byte[s_record.Size];
                records.Add(new KernelVcpuInfo((int)vcpu, bytes, !TryReadRecord(memory, address, bytes)));
            }
            return records;
        });

    private static bool TryReadRecord(KernelImage memory, ulong address, Span<byte> record)
    {
        var version = address + (ulong)s_record.Version.Offset;
        for (var attempt = 0; attempt < SeqlockRange.MaximumAttempts; attempt++)
        {
            var before = memory.ReadUInt32(version);
            memory.Read(address, record);
            if ((before & 1) == 0 && s_record.Version.Read(record) == before && memory.ReadUInt32(version) == before) return true;
        }
        return false;
    }

    private T Read<T>(Func<Func<string, ulong>, KernelImage, T> read)
    {
        var addresses = ReadSymbols().Addresses;
        return Access(MemoryFile, path =>
        {
            using var memory = KernelImage.Open(path, MemoryFile);
            return read(name => addresses.TryGetValue(name, out var address) ? address : throw KernelErrors.NoSymbol(name), memory);
        });
    }

    private KernelSymbols ReadSymbols()
    {
        var bootId = Access(BootFile, ReadLine);
        if (!Guid.TryParse(bootId, out var boot)) throw KernelErrors.Unexpected($"'{BootFile}' contains no UUID");
        if (_cache.FindKernel(boot) is { } known) return known;
        var addresses = Access(SymbolFile, path =>
        {
            using var table = File.OpenRead(path);
            return SymbolTable.Read(table, s_symbols);
        });
        if (addresses.Count > 0 && addresses.Values.All(address => address == 0)) throw KernelErrors.HiddenAddresses();
        var symbols = new KernelSymbols { BootId = boot, Addresses = addresses };
        _cache.Remember(symbols);
        return symbols;
    }

    private T Access<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(PathOf(file));
        }
        catch (UnauthorizedAccessException)
        {
            throw KernelErrors.Denied(file, IsLockedDown());
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw KernelErrors.Missing(file);
        }
        catch (IOException error)
        {
            throw KernelErrors.Failed(file, error);
        }
    }

    private bool IsLockedDown()
    {
        try
        {
            return ReadLine(PathOf(LockdownFile)).Contains("[confidentiality]", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string PathOf(string file) => Path.Join(_root, file);

    // Returns the first 128 bytes of a file as text, without blanks at its ends. The files that this method reads have only one short line.
    private static string ReadLine(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> bytes = stackalloc byte[128];
        return Encoding.ASCII.GetString(bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)]).Trim();
    }
}
