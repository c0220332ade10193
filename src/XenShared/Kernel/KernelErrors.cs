namespace XenShared.Kernel;

/// <summary>
/// Creates the errors for a kernel of the control domain whose memory cannot be read. A warning about unknown states shows each message on
/// one line.
/// </summary>
internal static class KernelErrors
{
    private const string UseHypervisor = "read its channels from Xen (source Hypervisor)";

    /// <summary>Creates the error of a file that does not exist.</summary>
    public static XenException Missing(string file) => Unreadable($"The kernel of domain 0 has no '{file}'", UseHypervisor);

    /// <summary>Creates the error of a file that the kernel does not let this program read.</summary>
    public static XenException Denied(string file, bool isLockedDown) =>
        isLockedDown ? Unreadable($"The kernel of domain 0 is locked down (confidentiality), so '{file}' cannot be read", UseHypervisor)
        : Environment.IsPrivilegedProcess
            ? Unreadable($"The kernel of domain 0 does not let root read '{file}' (lockdown, or a missing capability)", UseHypervisor)
        : Unreadable($"This user may not read '{file}' of domain 0", "run as root");

    /// <summary>Creates the error of a file that could not be read for another reason.</summary>
    public static XenException Failed(string file, IOException error) =>
        Unreadable($"'{file}' of domain 0 cannot be read: {error.Message}", UseHypervisor);

    /// <summary>Creates the error of a kernel that shows every address in <c>/proc/kallsyms</c> as zero.</summary>
    public static XenException HiddenAddresses() =>
        Unreadable(
            "The kernel of domain 0 hides its addresses (kernel.kptr_restrict)",
            "set kernel.kptr_restrict to 1 and run as root, or read its channels from Xen (source Hypervisor)");

    /// <summary>Creates the error of a variable that the kernel does not have, or that occurs several times under this name.</summary>
    public static XenException NoSymbol(string symbol) =>
        Unreadable($"The kernel of domain 0 does not have exactly one symbol '{symbol}'", UseHypervisor);

    /// <summary>Creates the error of a kernel with unexpected content.</summary>
    public static XenException Unexpected(string reason) =>
        Unreadable($"The kernel of domain 0 is not as expected: {reason}", UseHypervisor);

    private static XenException Unreadable(string problem, string advice) =>
        new(XenErrorId.EventStateUnknown, problem, advice)
        {
            DomId = OwnKernel.DomId,
        };
}
