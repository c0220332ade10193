using System.Management.Automation;

namespace XenShared.PowerShell.Errors;

/// <summary>Creates all error records, with id, category, target object and recommended action.</summary>
internal static class ErrorRecords
{
    // Whether PowerShell shows the recommended action of an error below the message. Versions before 7.5 do not, so for them the
    // recommended action is appended to the message.
    private static readonly bool s_viewShowsAdvice = typeof(ErrorRecord).Assembly.GetName().Version >= new Version(7, 5);

    /// <summary>Creates the record of a library error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="target">The target object of the record if the error names neither a port nor a domain: a path, a host name or a
    /// <see cref="XenTarget"/>.</param>
    public static ErrorRecord From(XenException error, object? target = null) =>
        Make(
            error,
            error.Id.ToString(),
            CategoryOf(error.Id),
            (object?)error.Port ?? (object?)error.DomId ?? error.DomainName ?? target,
            error.Description,
            AdviceOn(error));

    /// <summary>Creates the record for the domain number -1, which toolstacks use for a halted VM.</summary>
    /// <param name="name">The name of the VM; null or empty if the pipeline object has none.</param>
    /// <param name="uuids">The UUID of the VM; null or empty if the pipeline object has none.</param>
    public static ErrorRecord OfHaltedVm(string? name, Guid[]? uuids) =>
        From(
            new XenException(
                XenErrorId.DomainNotFound,
                string.IsNullOrEmpty(name) && uuids is not { Length: 1 }
                    ? "No domain has the number -1: toolstacks write it for a VM that is halted, and a halted VM has no domain"
                    : $"{DescribeVm(name, uuids)} has the number -1, so it has no domain: it is halted, suspended or a template",
                "start the VM, or exclude it: '... | Where-Object domid -ge 0'"),
            uuids is [var uuid] ? uuid : -1);

    /// <summary>Creates the record for a UUID that no domain of the targets has, or none with one of the numbers.</summary>
    /// <param name="name">The name of the VM; null or empty if it is not known.</param>
    /// <param name="uuid">The UUID.</param>
    /// <param name="numbers">The numbers of which the domain must have one; empty for any.</param>
    /// <param name="found">The domain that has the UUID, but another number, and its target; null if there is none.</param>
    /// <param name="targets">The targets that were searched.</param>
    public static ErrorRecord VmNotFound(
        string? name,
        Guid uuid,
        ushort[] numbers,
        (object Target, ushort DomId)? found,
        IReadOnlyList<object> targets)
    {
        var wanted = numbers is [var number] ? $"domain {number}" : "one of the given domains";
        return From(
            found is { } other
                ? new XenException(
                    XenErrorId.DomainNotFound,
                    $"{DescribeVm(name, [uuid])} is not {wanted}: it is domain {other.DomId} on {other.Target}",
                    "get the VM from its toolstack again, because a VM gets another number when it starts or migrates")
                : new XenException(
                    XenErrorId.DomainNotFound,
                    $"{DescribeVm(name, [uuid])} is not {(numbers.Length == 0 ? "a domain" : wanted)} of "
                        + (targets is [var only] ? $"{only}" : $"any of the {targets.Count} targets"),
                    "get the VM from its toolstack again, and connect all hosts of the pool with one command: Connect-XenTarget -HostName "
                        + "<name>, <name>"),
            uuid);
    }

    /// <summary>Creates the record for a file that could not be read or written.</summary>
    public static ErrorRecord FromFile(Exception error, string path)
    {
        var (id, category, problem, advice) = error switch
        {
            FileNotFoundException or DirectoryNotFoundException => (
                "PathNotFound",
                ErrorCategory.ObjectNotFound,
                $"There is no file '{path}'.",
                "Check the path."),
            _ when Directory.Exists(path) => (
                "PathIsDirectory",
                ErrorCategory.InvalidArgument,
                $"'{path}' is a directory.",
                "Name a file."),
            UnauthorizedAccessException => (
                "FileAccessDenied",
                ErrorCategory.PermissionDenied,
                $"The system does not let this user open '{path}'.",
                "Check the file's permissions, or use another user."),
            _ => (
                "FileFailed",
                ErrorCategory.DeviceError,
                $"'{path}' could not be read or written: {error.Message}",
                "Check the disk and the path."),
        };
        return Make(error, id, category, path, problem, advice);
    }

    /// <summary>Creates the record for a path outside the file system.</summary>
    public static ErrorRecord NotAFile(string path, string provider) =>
        FromUse(
            "FileSystemPathRequired",
            ErrorCategory.InvalidArgument,
            $"'{path}' is a path of the {provider} provider.",
            "Name a file.",
            path);

    /// <summary>Creates the record for a pipeline object that the cmdlet cannot use.</summary>
    public static ErrorRecord NotOfTheModel(PSObject item, string wanted) =>
        FromUse(
            "InputNotSupported",
            ErrorCategory.InvalidType,
            $"An object of type {item.TypeNames.FirstOrDefault()} is not {wanted}.",
            "Remove it, and pipe in objects that the cmdlets of this module return.",
            item);

    /// <summary>Creates the record for an invalid combination of arguments.</summary>
    public static ErrorRecord FromUse(string id, ErrorCategory category, string problem, string advice, object? target) =>
        Make(new InvalidOperationException(DisplayText.Sanitize(problem)), id, category, target, problem, advice);

    /// <summary>Returns the error record for several targets where a command needs one.</summary>
    public static ErrorRecord Ambiguous(int count) =>
        FromUse(
            "TargetAmbiguous",
            ErrorCategory.InvalidArgument,
            $"{count} targets are selected, but this cmdlet needs one.",
            "Name it with -Target.",
            null);

    /// <summary>Returns the error record for a target that has been disconnected.</summary>
    public static ErrorRecord Disconnected(XenTarget target) =>
        FromUse(
            "TargetDisconnected",
            ErrorCategory.ConnectionError,
            $"Target {target.Id} ({target.Name}) has been disconnected.",
            "Connect it again with Connect-XenTarget.",
            target);

    /// <summary>Returns the error record for a disconnected target of which only the name is known.</summary>
    public static ErrorRecord Disconnected(string name, object source) =>
        FromUse(
            "TargetDisconnected",
            ErrorCategory.ConnectionError,
            $"{name} has been disconnected.",
            "Connect it again with Connect-XenTarget.",
            source);

    /// <summary>Returns the error record for a host that is not among the targets. A null element means the local host.</summary>
    public static ErrorRecord NoSuchHost(string host, IReadOnlyList<XenTarget?> targets) =>
        FromUse(
            "TargetNotFound",
            ErrorCategory.ObjectNotFound,
            targets is [var only]
                ? $"{only?.Name ?? "The local host"} is not host '{host}'."
                : $"None of the {targets.Count} targets is host '{host}'.",
            "Connect it with Connect-XenTarget, or name its target with -Target.",
            host);

    /// <summary>Makes the text of a record safe to display, because it can contain names from guests, files and other hosts.</summary>
    public static ErrorRecord Sanitize(ErrorRecord record)
    {
        var (message, advice) = (record.ErrorDetails?.Message ?? record.Exception.Message, record.ErrorDetails?.RecommendedAction ?? "");
        if (record.ErrorDetails is not null && DisplayText.IsSafe(message) && DisplayText.IsSafe(advice)) return record;
        record.ErrorDetails = new ErrorDetails(DisplayText.Sanitize(message)) { RecommendedAction = DisplayText.Sanitize(advice) };
        return record;
    }

    private static string DescribeVm(string? name, Guid[]? uuids) =>
        (string.IsNullOrEmpty(name), uuids) switch
        {
            (true, _) => $"The VM with the UUID {uuids![0]}",
            (false, [var uuid]) => $"VM '{name}' (UUID {uuid})",
            _ => $"VM '{name}'",
        };

    private static ErrorRecord Make(
        Exception error,
        string id,
        ErrorCategory category,
        object? target,
        string problem,
        string? advice) =>
        Sanitize(
            new ErrorRecord(error, id, category, target)
            {
                ErrorDetails = new ErrorDetails(s_viewShowsAdvice || advice is null ? problem : $"{problem} {advice}")
                {
                    RecommendedAction = advice ?? "",
                },
            });

    // Returns the recommended action of an error. The library's advice names no cmdlets or parameters, because the command line shows it
    // too. For some errors, this method returns other advice, which names cmdlets and parameters.
    private static string? AdviceOn(XenException error) =>
        error.Id switch
        {
            XenErrorId.XenNotAvailable =>
                "Run it in the control domain (dom0) of a Xen host, reach one with Connect-XenTarget -HostName <name>, or read a capture "
                    + "of one: Connect-XenTarget -Path <file>.",
            XenErrorId.DomainNotFound when error.Advice is null || error.DomId is not null => "Get-XenDomain lists the domains.",
            XenErrorId.EventChannelNotFound => $"Get-XenEventChannel -DomId {error.DomId} -IncludeClosed lists its ports.",
            XenErrorId.ScanRefused =>
                $"Get-XenEventChannel -DomId {error.DomId} -Force searches it anyway; -Source Hypervisor reads the channels from Xen "
                    + "itself.",
            XenErrorId.RemoteNotInstalled =>
                "Install the package xenshared there, or copy it with Connect-XenTarget -HostName <name> -InstallRemote.",
            XenErrorId.LayoutUnknown => "If you know the guest, name its layout: Get-XenSharedInfo -Layout X86_64 or X86_32.",
            XenErrorId.PokeRefused when error.Advice is { } advice => XenException.NameForce(advice, "-Force"),
            _ => error.Advice,
        };

    private static ErrorCategory CategoryOf(XenErrorId id) => id switch
    {
        XenErrorId.XenNotAvailable => ErrorCategory.ResourceUnavailable,
        XenErrorId.XenAccessDenied => ErrorCategory.PermissionDenied,
        XenErrorId.XenInterfaceMismatch => ErrorCategory.ResourceUnavailable,
        XenErrorId.XenLibraryNotFound => ErrorCategory.NotInstalled,
        XenErrorId.DomainNotFound => ErrorCategory.ObjectNotFound,
        XenErrorId.DomainVanished => ErrorCategory.ObjectNotFound,
        XenErrorId.SharedInfoNotMapped => ErrorCategory.ResourceUnavailable,
        XenErrorId.SharedInfoOfOwnDomain => ErrorCategory.InvalidOperation,
        XenErrorId.SharedInfoUnstable => ErrorCategory.ResourceBusy,
        XenErrorId.LayoutUnknown => ErrorCategory.InvalidData,
        XenErrorId.EventChannelNotFound => ErrorCategory.ObjectNotFound,
        XenErrorId.EventStateUnknown => ErrorCategory.InvalidData,
        XenErrorId.ScanRefused => ErrorCategory.InvalidOperation,
        XenErrorId.PokeRefused => ErrorCategory.InvalidOperation,
        XenErrorId.PokeLostRace => ErrorCategory.ResourceBusy,
        XenErrorId.PokeNotLogged => ErrorCategory.WriteError,
        XenErrorId.NotSupportedByHost => ErrorCategory.NotImplemented,
        XenErrorId.HostUnreachable => ErrorCategory.ConnectionError,
        XenErrorId.RemoteNotInstalled => ErrorCategory.NotInstalled,
        XenErrorId.FileNotRecognised => ErrorCategory.InvalidData,
        XenErrorId.FileDamaged => ErrorCategory.InvalidData,
        XenErrorId.WaitTimedOut => ErrorCategory.OperationTimeout,
        _ => ErrorCategory.NotSpecified,
    };
}
