using System.Globalization;
using System.Text;

namespace XenShared.Kernel;

/// <summary>
/// Finds the addresses of kernel variables in <c>/proc/kallsyms</c>. Each line has an address, a type, a name and, for a symbol of a
/// module, the name of the module in brackets.
/// </summary>
internal static class SymbolTable
{
    // The maximum sizes of a symbol table and of a line in it. A table has 5 to 20 MB, and the longest part of a line is a name of at most
    // 512 bytes. So only a file that is not a symbol table can reach these limits.
    private const long MaximumBytes = 256L << 20;
    private const int BufferBytes = 64 * 1024;

    private const int AddressDigits = 16;

    /// <summary>Returns the addresses of those variables that occur exactly once. Symbols of modules are ignored.</summary>
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
            // A line that fills the whole buffer cannot be a line of a symbol table, so it is discarded.
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
        // A line begins with an address of 16 digits, a space, a type of one letter, and a space.
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
