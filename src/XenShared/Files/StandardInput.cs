using System.Runtime.InteropServices;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>Watches the end of standard input without reading it.</summary>
public static class StandardInput
{
    private const int Descriptor = 0;

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
            // Without a time limit, the thread waits until the other end is closed or the process ends.
            if (LibC.Poll(ref descriptor, 1, -1) >= 0) return (descriptor.Ready & (LibC.HungUp | LibC.PeerHungUp | LibC.Failed)) != 0;
            if (Marshal.GetLastPInvokeError() != Errno.EINTR) return false;
        }
    }
}
