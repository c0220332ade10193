namespace XenShared.Native;

/// <summary>
/// Lists the versions of Xen's control interfaces, to find out whether a library fits the hypervisor. If not, the hypervisor refuses its
/// calls with EACCES, which is also the errno of a refusal by the security policy. Source: XEN_DOMCTL_INTERFACE_VERSION and
/// XEN_SYSCTL_INTERFACE_VERSION in <c>xen/include/public/domctl.h</c> and <c>sysctl.h</c> of Xen 4.8 to 4.23.
/// </summary>
internal static class InterfaceVersions
{
    private const int OldestMinor = 8;

    private static ReadOnlySpan<byte> Domctl =>
        [0x0c, 0x0d, 0x0f, 0x10, 0x11, 0x12, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x17, 0x17, 0x18, 0x18];

    private static ReadOnlySpan<byte> Sysctl =>
        [0x0e, 0x0f, 0x10, 0x11, 0x12, 0x12, 0x13, 0x13, 0x14, 0x15, 0x15, 0x15, 0x15, 0x16, 0x16, 0x16];

    /// <summary>
    /// Determines whether a hypervisor accepts a call of a library, because both have the same version of the interface. A version of Xen
    /// that is not listed here is assumed to accept only the library of the same version.
    /// </summary>
    /// <param name="operation">The function of libxenctrl.</param>
    /// <param name="library">The version of Xen that the library belongs to.</param>
    /// <param name="hypervisor">The running version of Xen.</param>
    public static bool Agree(string operation, (int Major, int Minor) library, (int Major, int Minor) hypervisor)
    {
        var versions = IsSysctl(operation) ? Sysctl : Domctl;
        return library == hypervisor
            || Find(versions, library) is { } one && Find(versions, hypervisor) is { } other && one == other;
    }

    private static byte? Find(ReadOnlySpan<byte> versions, (int Major, int Minor) version) =>
        version.Major == 4 && version.Minor - OldestMinor is var index && index >= 0 && index < versions.Length ? versions[index] : null;

    // Returns true for the three functions that use Xen's sysctl interface. The other functions whose version Xen checks use domctl. The
    // two interfaces have separate version numbers.
    private static bool IsSysctl(string operation) =>
        operation is nameof(XenControl.xc_domain_getinfolist) or nameof(XenControl.xc_send_debug_keys)
            or nameof(XenControl.xc_readconsolering);
}
