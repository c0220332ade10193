using System.Globalization;
using XenShared.Layout;
using XenShared.Poking;

namespace XenShared.Diagnosis.Rules;

/// <summary>Creates the commands that rules recommend, each in two forms: as a cmdlet and as arguments of <c>xenshared</c>.</summary>
internal static class RuleCommands
{
    /// <summary>Creates the command that lists a domain.</summary>
    public static AdvisedCommand ListDomain(ushort domId) => new($"Get-XenDomain -DomId {Number(domId)}", $"domains -d {Number(domId)}");

    /// <summary>Creates the command that names the processes that can hold a dying domain.</summary>
    public static AdvisedCommand FindHolders(ushort domId) =>
        new(
            $"Find-XenFault -DomId {Number(domId)} -Rule {nameof(DyingDomain)}",
            $"faults -d {Number(domId)} --rule {nameof(DyingDomain)}");

    /// <summary>Creates the command that lists the channels of a domain.</summary>
    /// <param name="domId">The domain.</param>
    /// <param name="includeClosed">Whether closed ports are listed too.</param>
    /// <param name="groupBy">The properties by which PowerShell counts the channels; null to list them.</param>
    public static AdvisedCommand ListChannels(ushort domId, bool includeClosed = false, string? groupBy = null) =>
        new(
            $"Get-XenEventChannel -DomId {Number(domId)}{(includeClosed ? " -IncludeClosed" : "")}"
                + (groupBy is null ? "" : $" | Group-Object {groupBy}"),
            $"channels -d {Number(domId)}{(includeClosed ? " --include-closed" : "")}");

    /// <summary>Creates the command that tests the path of the events of a port.</summary>
    public static AdvisedCommand TestChannel(ushort domId, uint port) =>
        new(
            $"Test-XenEventChannel -DomId {Number(domId)} -Port {Number(port)}",
            $"path -d {Number(domId)} -p {Number(port)}");

    /// <summary>Creates the command that lists the devices of a domain.</summary>
    public static AdvisedCommand ListDevices(ushort domId) => new($"Get-XenDevice -DomId {Number(domId)}", $"devices -d {Number(domId)}");

    /// <summary>Creates the command that searches the guest's memory for the records of its vCPUs.</summary>
    public static AdvisedCommand SearchVcpus(ushort domId) =>
        new($"Get-XenVcpuInfo -DomId {Number(domId)} -Source GuestMemory", $"vcpus -d {Number(domId)} --source GuestMemory");

    /// <summary>Creates the command that follows the clocks of a domain for a minute.</summary>
    public static AdvisedCommand FollowClock(ushort domId) =>
        new($"Get-XenClock -DomId {Number(domId)} -SampleSeconds 60", $"clocks -d {Number(domId)} --sample 60");

    /// <summary>Creates the command that saves the state of a domain to a file.</summary>
    /// <param name="domId">The domain.</param>
    /// <param name="includeContexts">Whether the file must contain the processor states of vCPUs, which a test of event paths
    /// needs.</param>
    public static AdvisedCommand Capture(ushort domId, bool includeContexts = false) =>
        new(
            $"Export-XenCapture -Path guest.xencap -DomId {Number(domId)}{(includeContexts ? " -IncludeVcpuContext" : "")}",
            $"capture guest.xencap -d {Number(domId)}{(includeContexts ? " --include-vcpu-context" : "")}");

    /// <summary>Creates the command that sets the wall clock of a domain to that of its host.</summary>
    /// <param name="domId">The domain.</param>
    /// <param name="clock">The clock of the host, which becomes the time in the command line; null if not known, and then there is no
    /// command line.</param>
    public static AdvisedCommand CopyHostClock(ushort domId, WallClockContent? clock) =>
        new(
            $"Set-XenSharedInfo -DomId {Number(domId)} -WallClock (Get-XenSharedInfo -DomId 0).WallClock.Time",
            clock is { IsPlausible: true } known ? $"poke -d {Number(domId)} --wall-clock {Time(known)}" : null,
            IsWrite: true);

    /// <summary>Creates the command that makes a change in a guest.</summary>
    public static AdvisedCommand Poke(PokeRequest request)
    {
        var (cmdlet, arguments) = request switch
        {
            RepairPortRequest repair => (
                $"Repair-XenEventChannel -DomId {Number(repair.DomId)} -Port {Number(repair.Port)}{(repair.Unmask ? " -Unmask" : "")}",
                $"poke -d {Number(repair.DomId)} -p {Number(repair.Port)} --repair{(repair.Unmask ? " --unmask" : "")}"),
            SetFieldRequest set => (
                $"Set-XenSharedInfo -DomId {Number(set.DomId)} -Field {set.Field} -Value {Number(set.Value)}",
                $"poke -d {Number(set.DomId)} --field {set.Field} --value {Number(set.Value)}"),
            SetVcpuRequest { UpcallMask: { } mask } set => (
                $"Set-XenVcpuInfo -DomId {Number(set.DomId)} -Vcpu {Number(set.Vcpu)} -UpcallMask {(mask ? "$true" : "$false")}",
                $"poke -d {Number(set.DomId)} --vcpu {Number(set.Vcpu)} --upcall-mask {(mask ? "true" : "false")}"),
            _ => throw new ArgumentOutOfRangeException(nameof(request), request, "No rule recommends it."),
        };
        return request.Force
            ? new($"{cmdlet} -Force", $"{arguments} --force", IsWrite: true)
            : new(cmdlet, arguments, IsWrite: true);
    }

    private static string Number(IFormattable number) => FaultText.Plain(number);

    private static string Time(WallClockContent clock) =>
        DateTimeOffset.FromUnixTimeSeconds((long)clock.Seconds).AddTicks(clock.Nanoseconds / 100).UtcDateTime
            .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
