using System.Runtime.InteropServices;
using System.Text;

namespace XenShared.Native.Tests.Fake;

/// <summary>
/// Controls the fake host in this process: tests set it up, make its calls fail, and count them (<c>fakexen/control.c</c>).
/// </summary>
public sealed unsafe class FakeXen
{
    private readonly delegate* unmanaged[Cdecl]<byte*, int> _load;
    private readonly delegate* unmanaged[Cdecl]<byte*, int> _apply;
    private readonly delegate* unmanaged[Cdecl]<byte*, int, int, void> _fail;
    private readonly delegate* unmanaged[Cdecl]<byte*, ulong> _calls;
    private readonly delegate* unmanaged[Cdecl]<FakeXenCounters*, void> _counters;
    private readonly delegate* unmanaged[Cdecl]<uint, byte*> _page;

    private FakeXen(nint core)
    {
        _load = (delegate* unmanaged[Cdecl]<byte*, int>)NativeLibrary.GetExport(core, "fakexen_load");
        _apply = (delegate* unmanaged[Cdecl]<byte*, int>)NativeLibrary.GetExport(core, "fakexen_apply");
        _fail = (delegate* unmanaged[Cdecl]<byte*, int, int, void>)NativeLibrary.GetExport(core, "fakexen_fail");
        _calls = (delegate* unmanaged[Cdecl]<byte*, ulong>)NativeLibrary.GetExport(core, "fakexen_calls");
        _counters = (delegate* unmanaged[Cdecl]<FakeXenCounters*, void>)NativeLibrary.GetExport(core, "fakexen_counters");
        _page = (delegate* unmanaged[Cdecl]<uint, byte*>)NativeLibrary.GetExport(core, "fakexen_page");
    }

    /// <summary>
    /// Loads the fake libraries by their full paths. If the code under test then requests a soname, the loader finds the loaded library
    /// (<c>dlopen(3)</c> compares DT_SONAME of loaded libraries before it searches), so Xen libraries of the machine are not used.
    /// </summary>
    public static FakeXen LoadLibraries(string directory, int minor)
    {
        var core = NativeLibrary.Load(Path.Combine(directory, "libfakexen.so"));
        foreach (var soname in new[]
            {
                "libxentoollog.so.1",
                "libxencall.so.1",
                "libxenforeignmemory.so.1",
                "libxenstore.so.4",
                $"libxenctrl.so.4.{minor}",
            })
            NativeLibrary.Load(Path.Combine(directory, soname));
        return new FakeXen(core);
    }

    public FakeXenCounters Counters
    {
        get
        {
            FakeXenCounters counters;
            _counters(&counters);
            return counters;
        }
    }

    /// <summary>Loads the host from a file, and clears faults and counters.</summary>
    public void Load(string hostFile) => Succeed(_load, hostFile);

    /// <summary>Applies lines of a host file (<c>fakexen/parse.c</c>) to the running host.</summary>
    public void Apply(string lines) => Succeed(_apply, lines);

    /// <summary>Makes a call fail, from its next use or from a later one.</summary>
    public void Fail(string function, int errno, int afterCalls = 0)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(function + '\0')) _fail(text, errno, afterCalls);
    }

    /// <summary>Returns the number of calls of a function since the host was loaded.</summary>
    public long Calls(string function)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(function + '\0')) return (long)_calls(text);
    }

    /// <summary>Returns the live shared page of a domain.</summary>
    public Span<byte> Page(ushort domId) => new(_page(domId), 4096);

    private static void Succeed(delegate* unmanaged[Cdecl]<byte*, int> function, string text)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(text + '\0'))
        {
            if (function(bytes) != 0) throw new ArgumentException($"The fake host does not understand: {text}");
        }
    }
}
