using System.Globalization;

namespace XenShared.Native;

/// <summary>
/// Creates the errors of all failed calls. Each method is for one kind of call, because the meaning of an errno depends on the call. For
/// example, EACCES has four meanings.
/// </summary>
internal static class XenErrorMap
{
    private const string RunAsRoot = "run as root in the control domain (dom0)";
    private const string UseElsewhere = "run it in the control domain (dom0) of a Xen host, or open a capture file";

    /// <summary>
    /// Creates the error of a handle that could not be opened: this machine does not run on Xen, or the user has no access.
    /// </summary>
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
                "There is not enough memory to open Xen's control device",
                "free some memory and try again"),
            _ => NotAvailable(operation, errno),
        };

    /// <summary>Creates the error of a machine that does not run on Xen.</summary>
    public static XenException NotAvailable(string? operation = null, int? errno = null) =>
        Make(XenErrorId.XenNotAvailable, operation, errno, "This machine is not the control domain of a Xen host", UseElsewhere);

    /// <summary>Creates the error of a failed call that lists or describes domains.</summary>
    /// <param name="operation">The C function.</param>
    /// <param name="errno">The errno that it returned.</param>
    /// <param name="domId">The domain; null if the call was not about a particular domain.</param>
    /// <param name="versionsAgree">Whether the library and the hypervisor have the same version of the call. If so, EACCES means a missing
    /// permission, otherwise a wrong version.</param>
    public static XenException DomainCall(string operation, int errno, ushort? domId, bool versionsAgree) =>
        errno switch
        {
            Errno.EACCES when !versionsAgree => WrongVersion(operation, errno, domId),
            Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Xen's security policy does not permit this domain to query {Subject(domId)}",
                "ask the administrator of the policy (FLASK) to allow it",
                domId),
            Errno.EPERM => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Xen does not permit this domain to query {Subject(domId)}",
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
            // In a call without a domain, ENODEV means that this machine does not run on Xen. Before a call about one domain, other calls
            // of Xen have already succeeded. So the machine runs on Xen, and ENODEV has another cause.
            Errno.ENODEV when domId is null => NotAvailable(operation, errno),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"Xen could not return data of {Subject(domId)}",
                "try again, and check the hypervisor's log if the error remains",
                domId),
        };

    /// <summary>Creates the error of a failed debug key, or of reading the console.</summary>
    public static XenException ConsoleCall(string operation, int errno, bool versionsAgree) =>
        errno switch
        {
            Errno.EACCES when !versionsAgree => WrongVersion(operation, errno, null),
            Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                "Xen's security policy does not let this domain use Xen's debug keys and read its console",
                "ask the administrator of the policy (FLASK) to allow it"),
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
                "The control domain does not have enough memory to read Xen's console",
                "free some memory there and try again"),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                "The event channels of all domains could not be read with Xen's debug key",
                "try again, and check the hypervisor's log if the error remains"),
        };

    /// <summary>Creates the error of a console to which Xen writes faster than this program can read it.</summary>
    public static XenException ConsoleFlooded() =>
        Make(
            XenErrorId.NotSupportedByHost,
            null,
            null,
            "Xen's console is written to faster than it can be read",
            "check with xl dmesg what writes so much, and try again");

    /// <summary>Creates the error of a failed mapping of the shared page.</summary>
    public static XenException MapFailed(int errno, ushort domId, bool isOwn)
    {
        const string operation = "xenforeignmemory_map";
        if (isOwn)
            return Make(
                XenErrorId.SharedInfoOfOwnDomain,
                operation,
                errno,
                $"Domain {domId} is the one in which this program runs, and its kernel does not let it map its own shared page",
                "use other domains",
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
                $"The control domain does not have enough memory to map the shared page of domain {domId}",
                "free some memory there and try again",
                domId),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The shared page of domain {domId} cannot be mapped",
                "check the hypervisor's log for the reason",
                domId),
        };
    }

    /// <summary>Creates the error of a failed mapping of guest memory.</summary>
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
                $"The control domain does not have enough memory to map the memory of domain {domId}",
                "free some memory there and try again",
                domId),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The memory of domain {domId} cannot be mapped",
                "check the hypervisor's log for the reason",
                domId),
        };
    }

    /// <summary>Creates the error of a frame of guest memory that could not be mapped for writing.</summary>
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
                $"{what} no longer exists",
                "read the domain again",
                domId),
            Errno.ENOMEM or Errno.EAGAIN => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"The control domain does not have enough memory to map memory of domain {domId}",
                "free some memory there and try again",
                domId),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"{what} cannot be mapped for writing",
                "check the hypervisor's log for the reason",
                domId),
        };
    }

    /// <summary>Creates the error of an event that could not be sent.</summary>
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
                $"{what} was not sent, since port {localPort} of the control domain is no longer an end of a channel",
                "read the channel again",
                domId,
                port),
            Errno.ENOTTY or Errno.ENODEV => NotAvailable(operation, errno),
            _ => Make(
                XenErrorId.NotSupportedByHost,
                operation,
                errno,
                $"{what} was not sent",
                "try again, and check the hypervisor's log if the error remains",
                domId,
                port),
        };
    }

    /// <summary>Creates the error of a Xen library without the function that reads a certain value of a domain.</summary>
    public static XenException NoFunction(string operation, string subject, ushort domId) =>
        Make(
            XenErrorId.NotSupportedByHost,
            operation,
            null,
            $"This Xen library does not report the {subject} of domain {domId}",
            "install Xen's tools of the running version",
            domId);

    /// <summary>Creates the error of a guest that has not mapped its shared page yet, or whose page Xen has already removed.</summary>
    public static XenException NotMapped(ushort domId, string? operation = null, int? errno = null, bool isDying = false) =>
        Make(
            XenErrorId.SharedInfoNotMapped,
            operation,
            errno,
            $"Domain {domId} {(isDying ? "is being destroyed, and no longer has" : "has not mapped")} its shared page",
            isDying
                ? "wait until it has ended, or find with the fault rule DyingDomain what can hold it"
                : "wait until its firmware or its PV drivers have started",
            domId);

    /// <summary>Creates the error of a failed query for the status of ports.</summary>
    public static XenException PortCall(string operation, int errno, ushort domId, uint port) =>
        errno switch
        {
            Errno.ESRCH => Vanished(domId, operation, errno),
            Errno.EACCES => Make(
                XenErrorId.XenAccessDenied,
                operation,
                errno,
                $"Xen's security policy does not let this domain see the event channels of domain {domId}",
                "ask the administrator of the policy (FLASK) to allow it",
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
                $"Xen could not report the event channels of domain {domId}",
                "try again, and check the hypervisor's log if the error remains",
                domId,
                port),
        };

    /// <summary>Creates the error of a call that returned an impossible number for a domain.</summary>
    public static XenException ImpossibleNumber(string operation, ushort domId, string what, ulong number, uint? port = null) =>
        Make(XenErrorId.NotSupportedByHost, operation, null,
            string.Create(CultureInfo.InvariantCulture, $"Xen returned {number} as the {what} of domain {domId}, which is impossible"),
            "check that the Xen library and the hypervisor have the same version, and check the hypervisor's log", domId, port);

    /// <summary>Creates the error of a domain that does not exist.</summary>
    public static XenException NotFound(ushort domId) =>
        Make(
            XenErrorId.DomainNotFound,
            null,
            null,
            $"There is no domain {domId} on this host",
            "list the domains to see their numbers",
            domId);

    /// <summary>Creates the error of a domain that ended while it was read.</summary>
    public static XenException Vanished(ushort domId, string? operation = null, int? errno = null) =>
        Make(
            XenErrorId.DomainVanished,
            operation,
            errno,
            $"Domain {domId} ended while it was read",
            "list the domains to see whether it has another number now",
            domId);

    /// <summary>Creates the error of a request for a shared info page on Arm, where the frame that Xen reports cannot be mapped.</summary>
    public static XenException NoPageOnArm(ushort domId) =>
        Make(
            XenErrorId.NotSupportedByHost,
            null,
            null,
            $"On Arm hosts Xen does not report the place of the shared page of domain {domId}",
            "list its event channels instead",
            domId);

    private static XenException WrongVersion(string operation, int errno, ushort? domId) =>
        Make(
            XenErrorId.XenInterfaceMismatch,
            operation,
            errno,
            $"{NativeLibraries.Load(NativeLibraries.Control)} does not have the version of the running hypervisor",
            "install Xen's tools of that version, or boot the hypervisor that matches them",
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
