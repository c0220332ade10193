namespace XenShared.Tests.Cli.Matrix;

/// <summary>Small logs of Xen's console, as people send them: one look, without run times and without states.</summary>
internal static class LogTexts
{
    /// <summary>Nothing in it is pending or masked: little can be judged.</summary>
    public const string OneIdlePort =
        """
        (XEN) 'e' pressed -> dumping event-channel info
        (XEN) Event channel information for domain 0:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        7 [0/0/0]: s=5 n=0 x=0 v=0

        """;

    /// <summary>Port 2 is pending and masked; ports 3 and 4 are pending, open, and announced to their vCPUs.</summary>
    public const string HungGuest =
        """
        (XEN) 'e' pressed -> dumping event-channel info
        (XEN) Event channel information for domain 3:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        1 [0/0/1]: s=3 n=0 x=0 d=0 p=31
        (XEN)        2 [1/1/1]: s=3 n=0 x=0 d=0 p=32
        (XEN)        3 [1/0/1]: s=5 n=0 x=0 v=0
        (XEN)        4 [1/0/1]: s=6 n=1 x=0

        """;
}
