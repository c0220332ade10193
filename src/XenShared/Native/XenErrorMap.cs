using System.Globalization;

namespace XenShared.Native;

/// <summary>
/// The only place that turns a failed call into an error with a name. The same errno means different things after different calls
/// (EACCES alone has four meanings), so the key is the call and the errno together.
/// </summary>
internal static class XenErrorMap
{
    private const string RunAsRoot = "run as root in the control domain (dom0)";
    private const string UseElsewhere = "run it in the control domain (dom0) of a Xen host, or open a capture file";

    /// <summary>No handle could be opened: there is no Xen under this machine, or it is not for this user.</summary>
    public static XenException OpenFailed(string operation, int errno) =>
        errno switch
        {
            Errno.EACCES or Errno.EPERM => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                "This user may not open Xen's control device",
                RunAsRoot),
            Errno.ENOMEM => Make(
                XenErrorId.XenNotAvailable,
                operation,
                errno,
                "There is no memory left to open Xen's control device with",
                "free some memory and try again"),
            _ => NotAvailable(operation, errno),
        };

    /// <summary>This machine does not run under Xen at all.</summary>
    public static XenException NotAvailable(string? operation = null, int? errno = null) =>
        Make(XenErrorId.XenNotAvailable, operation, errno, "This machine is not the control domain of a Xen host", UseElsewhere);

    /// <summary>Returns a call that lists or describes domains failed.</summary>
    /// <param name="operation">The C function.</param>
    /// <param name="errno">Its errno.</param>
    /// <param name="domId">The domain it was about; null when about none in particular.</param>
    /// <param name="versionsAgree">Whether the library's version is the hypervisor's: then EACCES is a matter of permission.</param>
    public static XenException DomainCall(string operation, int errno, ushort? domId, bool versionsAgree) =>
        errno switch
        {
            Errno.EACCES when !versionsAgree => WrongVersion(operation, errno, domId),
            Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Xen's security policy does not let this domain ask about {Subject(domId)}",
                "ask whoever keeps the policy (FLASK) to allow it",
                domId),
            Errno.EPERM => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Xen does not let this domain ask about {Subject(domId)}",
                RunAsRoot,
                domId),
            Errno.ESRCH when domId is { } gone => Vanished(gone, operation, errno),
            Errno.ENOSYS or Errno.EOPNOTSUPP => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"This hypervisor does not offer the call about {Subject(domId)}",
                "check its version and build options",
                domId),
            Errno.ENOTTY => NotAvailable(operation, errno),
            // A handle is open, and other calls were answered: it is this call about this domain that failed.
            Errno.ENODEV when domId is null => NotAvailable(operation, errno),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"Xen could not answer about {Subject(domId)}",
                "try again, and look into the hypervisor's log if it stays so",
                domId),
        };

    /// <summary>Pressing a debug key, or reading what Xen printed, failed.</summary>
    public static XenException ConsoleCall(string operation, int errno, bool versionsAgree) =>
        errno switch
        {
            Errno.EACCES when !versionsAgree => WrongVersion(operation, errno, null),
            Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                "Xen's security policy does not let this domain use Xen's debug keys and read its console",
                "ask whoever keeps the policy (FLASK) to allow it"),
            Errno.EPERM => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                "Xen does not let this domain use Xen's debug keys and read its console",
                RunAsRoot),
            Errno.ENOSYS or Errno.EOPNOTSUPP => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                "This hypervisor offers no debug keys or no console to read",
                "check its version and build options"),
            Errno.ENOTTY or Errno.ENODEV => NotAvailable(operation, errno),
            Errno.ENOMEM or Errno.EAGAIN => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                "The control domain has no room to read Xen's console",
                "free some memory there and try again"),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                "Xen could not be asked for the event channels of all domains by its debug key",
                "try again, and look into the hypervisor's log if it stays so"),
        };

    /// <summary>More and more stands on Xen's console, and its end is not reached.</summary>
    public static XenException ConsoleFlooded() =>
        Make(
            XenErrorId.NotSupportedByHost,
            null,
            null,
            "Xen's console is written to faster than it can be read",
            "find with xl dmesg what writes so much, and try again");

    /// <summary>Mapping the shared page failed.</summary>
    public static XenException MapFailed(int errno, ushort domId, bool isOwn)
    {
        const string operation = "xenforeignmemory_map";
        if (isOwn)
            return Make(
                XenErrorId.SharedInfoOfOwnDomain,
                operation,
                errno,
                $"Domain {domId} is the domain this runs in, and its kernel does not let it map its own shared page",
                "look at other domains",
                domId);
        return errno switch
        {
            Errno.ESRCH => Vanished(domId, operation, errno),
            Errno.EPERM or Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Mapping the shared page of domain {domId} is not allowed",
                RunAsRoot,
                domId),
            Errno.EINVAL or Errno.ENOENT => NotMapped(domId, operation, errno),
            Errno.ENOMEM or Errno.EAGAIN => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The control domain has no room to map the shared page of domain {domId}",
                "free some memory there and try again",
                domId),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The shared page of domain {domId} cannot be mapped",
                "look into the hypervisor's log for the reason",
                domId),
        };
    }

    /// <summary>Mapping some of a guest's own pages failed as a whole.</summary>
    public static XenException FramesFailed(int errno, ushort domId)
    {
        const string operation = "xenforeignmemory_map";
        return errno switch
        {
            Errno.ESRCH => Vanished(domId, operation, errno),
            Errno.EPERM or Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Mapping the memory of domain {domId} is not allowed",
                RunAsRoot,
                domId),
            Errno.ENOMEM or Errno.EAGAIN => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The control domain has no room to map the memory of domain {domId}",
                "free some memory there and try again",
                domId),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The memory of domain {domId} cannot be mapped",
                "look into the hypervisor's log for the reason",
                domId),
        };
    }

    /// <summary>Mapping a frame in order to write it failed.</summary>
    public static XenException WriteFailed(int errno, ushort domId, ulong frame)
    {
        const string operation = "xenforeignmemory_map";
        var what = $"Frame 0x{frame:x} of domain {domId}";
        return errno switch
        {
            Errno.ESRCH => Vanished(domId, operation, errno),
            Errno.EPERM or Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"{what} may not be written",
                RunAsRoot,
                domId),
            Errno.EINVAL or Errno.ENOENT => Make(
                XenErrorId.SharedInfoNotMapped,
                operation,
                errno,
                $"{what} is not there any more",
                "look at the domain again",
                domId),
            Errno.ENOMEM or Errno.EAGAIN => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The control domain has no room to map memory of domain {domId}",
                "free some memory there and try again",
                domId),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"{what} cannot be mapped to be written",
                "look into the hypervisor's log for the reason",
                domId),
        };
    }

    /// <summary>Sending an event failed.</summary>
    public static XenException SendFailed(int errno, ushort domId, uint port, uint localPort)
    {
        const string operation = "EVTCHNOP_send";
        var what = $"The event for port {port} of domain {domId}";
        return errno switch
        {
            Errno.ESRCH => Vanished(domId, operation, errno),
            Errno.EPERM or Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"{what} was not sent, since Xen does not let this domain send it",
                RunAsRoot,
                domId,
                port),
            Errno.EINVAL => Make(
                XenErrorId.EventChannelNotFound,
                operation,
                errno,
                $"{what} was not sent, since port {localPort} of the control domain is no end of a channel any more",
                "look at the channel again",
                domId,
                port),
            Errno.ENOTTY or Errno.ENODEV => NotAvailable(operation, errno),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"{what} was not sent",
                "try again, and look into the hypervisor's log if it stays so",
                domId,
                port),
        };
    }

    /// <summary>This library does not tell how far a guest's memory reaches.</summary>
    public static XenException NoMemoryMap(ushort domId) =>
        Make(
            XenErrorId.NotSupportedByHost,
            "xc_domain_maximum_gpfn",
            null,
            $"This Xen library does not tell how far the memory of domain {domId} reaches",
            "install Xen's tools of the running version",
            domId);

    /// <summary>Returns the guest has no shared page in its memory yet.</summary>
    public static XenException NotMapped(ushort domId, string? operation = null, int? errno = null) =>
        Make(
            XenErrorId.SharedInfoNotMapped,
            operation,
            errno,
            $"Domain {domId} has not mapped its shared page",
            "wait until its firmware or its PV drivers have started",
            domId);

    /// <summary>Asking for the state of ports failed as a whole.</summary>
    public static XenException PortCall(string operation, int errno, ushort domId, uint port) =>
        errno switch
        {
            Errno.ESRCH => Vanished(domId, operation, errno),
            Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Xen's security policy does not let this domain see the event channels of domain {domId}",
                "ask whoever keeps the policy (FLASK) to allow it",
                domId,
                port),
            Errno.EPERM => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Xen does not let this domain see the event channels of domain {domId}",
                RunAsRoot,
                domId,
                port),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"Xen could not tell the event channels of domain {domId}",
                "try again, and look into the hypervisor's log if it stays so",
                domId,
                port),
        };

    /// <summary>Returns a call gave a number that cannot be, of a domain.</summary>
    public static XenException ImpossibleNumber(string operation, ushort domId, string what, ulong number, uint? port = null) =>
        Make(XenErrorId.NotSupportedByHost, operation, null,
            string.Create(CultureInfo.InvariantCulture, $"Xen gives {number} as the {what} of domain {domId}, and no domain can have that"),
            "make sure that the Xen library is of the hypervisor's version, and look into the hypervisor's log", domId, port);

    /// <summary>There is no such domain.</summary>
    public static XenException NotFound(ushort domId) =>
        Make(
            XenErrorId.DomainNotFound,
            null,
            null,
            $"There is no domain {domId} on this host",
            "list the domains to see their numbers",
            domId);

    /// <summary>Returns the domain went away while it was being read.</summary>
    public static XenException Vanished(ushort domId, string? operation = null, int? errno = null) =>
        Make(
            XenErrorId.DomainVanished,
            operation,
            errno,
            $"Domain {domId} went away while it was being read",
            "list the domains to see whether it came back under another number",
            domId);

    /// <summary>On Arm the frame that Xen tells is none that can be mapped.</summary>
    public static XenException NoPageOnArm(ushort domId) =>
        Make(
            XenErrorId.NotSupportedByHost,
            null,
            null,
            $"On Arm hosts Xen does not tell where domain {domId} has its shared page",
            "list its event channels instead, which works",
            domId);

    private static XenException WrongVersion(string operation, int errno, ushort? domId) =>
        Make(
            XenErrorId.XenInterfaceMismatch,
            operation,
            errno,
            $"{NativeLibraries.Load(NativeLibraries.Control)} is not of the running hypervisor's version",
            "install Xen's tools of that version, or boot the hypervisor that fits them",
            domId);

    private static string Subject(ushort? domId) => domId is { } number ? $"domain {number}" : "other domains";

    private static XenException Make(
        XenErrorId id,
        string? operation,
        int? errno,
        string what,
        string advice,
        ushort? domId = null,
        uint? port = null)
    {
        var call = operation is null ? "" : errno is { } number ? $" ({operation}: {Errno.Name(number)})" : $" ({operation})";
        return new XenException(id, $"{what}{call}", advice)
        {
            DomId = domId,
            Port = port,
            Operation = operation,
            Errno = errno,
        };
    }
}
