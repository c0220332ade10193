namespace XenShared.Tests.Cli.Matrix;

/// <summary>Contains small logs of Xen's console, as people send them: one dump, without run times and vCPU states.</summary>
internal static class LogTexts
{
    /// <summary>A log without a pending or masked port, so that most rules cannot judge it.</summary>
    public const string OneIdlePort =
        """
        (XEN) 'e' pressed -> dumping event-channel info
        (XEN) Event channel information for domain 0:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        7 [0/0/0]: s=5 n=0 x=0 v=0

        """;

    /// <summary>
    /// A log in which port 2 is pending and masked, and ports 3 and 4 are pending and unmasked, with their vCPUs notified.
    /// </summary>
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
