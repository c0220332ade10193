using System.Runtime.ExceptionServices;

namespace XenShared.Tests.Support;

/// <summary>Fails a test whose work does not end. Hostile files must not make a reader hang.</summary>
internal static class Watchdog
{
    // This limit is not a measurement: the work takes seconds at most, or does not end.
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
