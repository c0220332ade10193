using System.Runtime.ExceptionServices;

namespace XenShared.Tests.Support;

/// <summary>Fails a test whose work does not end. Hostile files must not make a reader hang.</summary>
internal static class Watchdog
{
    // Not a measurement: the work takes seconds at most, and for ever otherwise.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static void Ends(Action work)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        })
        { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(s_patience), "It does not come to an end.");
        failure?.Throw();
    }
}
