#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Finds out whether a guest's network fails because of lost events.
.DESCRIPTION
    Reads the channels that xenstore names vif, checks both ends and whether events are handled, and on a live host samples them for some
    time. A network without traffic is not broken; it is broken if an event stays pending.

    Uses the target that was connected last (Connect-XenTarget), otherwise the local host.

    Exit code: 0 no fault of its events, 1 a finding, 2 a channel hangs, 3 the guest could not be read or judged.
.EXAMPLE
    ./Test-GuestNetwork.ps1 -Name web01
.EXAMPLE
    ./Test-GuestNetwork.ps1 -Name web01 -Seconds 30 | Where-Object Verdict -ne Good
.OUTPUTS
    An object for each channel: the device, its state, the number of its changes while it was sampled, and advice.
#>
[CmdletBinding()]
param(
    # The name of the guest.
    [Parameter(Mandatory, Position = 0)]
    [SupportsWildcards()]
    [string] $Name,

    # The target to read, as Connect-XenTarget returned it.
    [object] $Target,

    # The time to sample the channels; 0 for one sample.
    [ValidateRange(0, 3600)]
    [int] $Seconds = 5,

    # The name of a network channel.
    [string] $Device = 'vif*'
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$on = $Target ? @{ Target = $Target } : @{}

try {
    $source = $Target ?? (Get-XenTarget | Where-Object IsDefault)
    $channels = @(Get-XenEventChannel -Name $Name @on -WarningAction SilentlyContinue | Where-Object Device -Like $Device)
    if (-not $channels) {
        Write-Error ("xenstore has no channel '$Device' of a domain '$Name': the guest has no such device, or " +
            "its driver has not connected.") -ErrorId NoNetworkChannel -ErrorAction Continue
        exit 3
    }
    $answers = @(Find-XenFault -DomId ($channels.DomId | Select-Object -Unique) @on -WarningAction SilentlyContinue -IncludeRuleResult)
    $faults = @($answers | Where-Object { $_.PSObject.Properties['Severity'] })
    $notJudged = @($answers |
        Where-Object { $_.PSObject.Properties['Outcome'] -and $_.Outcome -eq 'NotJudged' -and $_.Rule -in 'LostWakeup', 'StuckMasked' })
    # A capture does not change.
    $isWatched = $Seconds -gt 0 -and -not ($source -and $source.Kind -ne 'Local' -and $source.Path)
    $changes = @(if ($isWatched) {
            $channels | Watch-XenEventChannel @on -Duration ([timespan]::FromSeconds($Seconds)) -WarningAction SilentlyContinue
        })
}
catch {
    $hint = switch -Wildcard ($_.FullyQualifiedErrorId) {
        'DomainNotFound,*' { 'The guest does not run here.' }
        'XenNotAvailable,*' { 'Run this in the control domain, or connect to a host or a capture first.' }
        'XenAccessDenied,*' { 'Run this as root.' }
        default { '' }
    }
    Write-Error "$_ $hint".Trim() -ErrorId ($_.FullyQualifiedErrorId -replace ',.*') -ErrorAction Continue
    exit 3
}

$results = foreach ($channel in $channels) {
    $its = @($faults | Where-Object { $_.DomId -eq $channel.DomId -and $_.HostName -eq $channel.HostName -and $_.Port -eq $channel.Port } |
        Sort-Object Severity -Descending)
    $open = $notJudged | Where-Object { $_.DomId -eq $channel.DomId -and $_.HostName -eq $channel.HostName } | Select-Object -First 1
    $verdict = if ($its) { "$($its[0].Severity)" }
    elseif ($channel.State -ne 'Interdomain') { 'Warning' }
    elseif ($null -eq $channel.Pending -or $open) { 'Unknown' }
    else { 'Good' }
    [pscustomobject]@{
        DomId   = $channel.DomId
        Name    = $channel.DomainName
        Port    = $channel.Port
        Device  = $channel.Device
        State   = $channel.State
        Peer    = $channel.State -eq 'Interdomain' ? "domain $($channel.RemoteDomId) port $($channel.RemotePort)" : $null
        Pending = $channel.Pending
        Masked  = $channel.Masked
        Changes = $isWatched ? @($changes | Where-Object { $_.DomId -eq $channel.DomId -and $_.Port -eq $channel.Port }).Count : $null
        Verdict = $verdict
        Reason  = if ($its) { $its[0].Evidence } elseif ($channel.State -ne 'Interdomain') {
            'No backend is connected to it.' } elseif ($null -eq $channel.Pending) { $channel.StateNote } elseif ($open) {
                "$($open.Rule) could not judge it: $($open.Reason)."
        }
        Advice  = if ($its) { $its[0].Advice } elseif ($channel.State -ne 'Interdomain') {
            'Check whether the backend runs, and its state in xenstore.'
        }
    }
}
$results

if ($results.Verdict -contains 'Critical') { exit 2 }
if ($results.Verdict -contains 'Warning' -or $results.Verdict -contains 'Information') { exit 1 }
if ($results.Verdict -contains 'Unknown') { exit 3 }
exit 0
