using System.Globalization;
using System.Text;

namespace XenShared.Kernel;

/// <summary>Finds variables of the kernel in <c>/proc/kallsyms</c>: lines of address, type, name and, in brackets, module.</summary>
internal static class SymbolTable
{
    // A table has 5 to 20 MB. A line has an address, a name of at most 512 bytes, and a module.
    private const long MaximumBytes = 256L << 20;
    private const int BufferBytes = 64 * 1024;

    private const int AddressDigits = 16;

    /// <summary>Returns the addresses of the variables that occur exactly once in the kernel itself. Modules do not count.</summary>
    /// <exception cref="IOException">The table cannot be read.</exception>
    public static Dictionary<string, ulong> Read(Stream table, IReadOnlyCollection<string> names)
    {
        var wanted = names.ToDictionary(name => name, name => Encoding.ASCII.GetBytes(name));
        var found = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var repeated = new HashSet<string>(StringComparer.Ordinal);
        var buffer = new byte[BufferBytes];
        var used = 0;
        for (var total = 0L; total < MaximumBytes;)
        {
            var got = table.Read(buffer, used, buffer.Length - used);
            if (got == 0) break;
            total += got;
            used += got;
            var rest = buffer.AsSpan(0, used);
            for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                AddLine(rest[..end], wanted, found, repeated);
                rest = rest[(end + 1)..];
            }
            // A line that fills the whole buffer cannot be a line of a symbol table.
            if (rest.Length == buffer.Length) rest = default;
            rest.CopyTo(buffer);
            used = rest.Length;
        }
        foreach (var name in repeated) found.Remove(name);
        return found;
    }

    private static void AddLine(
        ReadOnlySpan<byte> line,
        Dictionary<string, byte[]> wanted,
        Dictionary<string, ulong> found,
        HashSet<string> repeated)
    {
        // The address, a space, the type, a space.
        if (line.Length <= AddressDigits + 3 || line[AddressDigits] != ' ' || line[AddressDigits + 2] != ' ')
            return;
        var symbol = line[(AddressDigits + 3)..];
        foreach (var (name, bytes) in wanted)
        {
            if (symbol.SequenceEqual(bytes)
                && ulong.TryParse(line[..AddressDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
                && !found.TryAdd(name, address))
                repeated.Add(name);
        }
    }
}
