namespace XenShared.Tests.Support;

/// <summary>Writes what Xen prints about one domain at its debug keys.</summary>
internal static class DumpText
{
    /// <summary>Returns the output of key <c>e</c>: port 9 of the domain is pending.</summary>
    public static string Events(int domId) => $$"""
        (XEN) 'e' pressed -> dumping event-channel info
        (XEN) Event channel information for domain {{domId}}:
        (XEN) Polling vCPUs: {}
        (XEN)     port [p/m/s]
        (XEN)        9 [1/0/1]: s=5 n=0 x=0 v=0

        """;

    /// <summary>Returns the output of key <c>q</c>: an upcall of vCPU 0 is pending.</summary>
    public static string States(int domId) => $$"""
        (XEN) 'q' pressed -> dumping domain info (now = 1234567890)
        (XEN) General information for domain {{domId}}:
        (XEN)     refcnt=3 dying=0 pause_count=0
        (XEN)     nr_pages=262144 xenheap_pages=5 dirty_cpus={0-1} max_pages=4294967295
        (XEN)     handle=4d850bcd-29da-486e-a9d1-1e9ec3b2fb31 vm_assist=0000002d
        (XEN) VCPU information and callbacks for domain {{domId}}:
        (XEN)     VCPU0: CPU0 [has=F] poll=0 upcall_pend=01 upcall_mask=00
        (XEN)     pause_count=0 pause_flags=1
        (XEN) Notifying guest 0:0 (virq 1, port 8)

        """;
}
