using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>Opens standard input for reading, or watches for its end without reading it.</summary>
public static class StandardInput
{
    private const int Descriptor = 0;
    private const string Path = "/proc/self/fd/0";

    /// <summary>Opens standard input. Waiting for a pipe, a socket or a terminal can be cancelled.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static Stream Open(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux()) return new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Read);
        // If standard input is a file, it is opened again as a stream that can seek, because the guest memory in a core dump is read at
        // many offsets.
        return LibC.StatX(LibC.WorkingDirectory, Path, 0, LibC.WantsType, out var status) == 0 && status.Type == FileStatusNative.Regular
            ? File.OpenRead(Path)
            : new DescriptorStream(new SafeFileHandle(Descriptor, ownsHandle: false), "standard input", isRegular: false, cancellation);
    }

    /// <summary>
    /// Calls <paramref name="ended"/> on a separate thread when the other end of the pipe or socket is closed, even if data is still
    /// unread. This never happens for a file, for a terminal, or without standard input.
    /// </summary>
    public static void WatchEnd(Action ended)
    {
        ArgumentNullException.ThrowIfNull(ended);
        if (!OperatingSystem.IsLinux()) return;
        new Thread(() =>
        {
            if (HasEnded()) ended();
        })
        { IsBackground = true, Name = "standard input" }.Start();
    }

    private static bool HasEnded()
    {
        var descriptor = new PollNative { Descriptor = Descriptor, Wanted = LibC.PeerHungUp };
        while (true)
        {
            // The value -1 means no time limit: the call returns only when the other end is closed or an error occurs.
            if (LibC.Poll(ref descriptor, 1, -1) >= 0) return (descriptor.Ready & (LibC.HungUp | LibC.PeerHungUp | LibC.Failed)) != 0;
            if (Marshal.GetLastPInvokeError() != Errno.EINTR) return false;
        }
    }
}
