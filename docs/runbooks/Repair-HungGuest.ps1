#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Finds the reason why a guest hangs, and repairs it on request if that is possible from outside.
.DESCRIPTION
    Checks in this order: does the domain exist, does it run, does it handle its events. With -Repair, a lost event or a channel that
    stays masked is repaired, after a prompt unless -Confirm:$false is given. Then the guest is checked again.

    Uses the target that was connected last (Connect-XenTarget), otherwise the local host. A capture can be checked, but not repaired.

    Exit code: 0 no fault of its events, 1 a finding, 2 the guest hangs, 3 it could not be read, or the rules about its events could not
    judge it.
.EXAMPLE
    ./Repair-HungGuest.ps1 -Name web01
.EXAMPLE
    ./Repair-HungGuest.ps1 -Name web01 -Repair -WhatIf
.EXAMPLE
    ./Repair-HungGuest.ps1 -DomId 5 -Repair -Confirm:$false -LogPath /var/log/xen-pokes.log
.OUTPUTS
    One object: the state of the domain, why it hangs, what was repaired, and which faults remain.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'Name')]
param(
    # The name of the guest. Wildcards are permitted if exactly one guest matches.
    [Parameter(Mandatory, Position = 0, ParameterSetName = 'Name')]
    [SupportsWildcards()]
    [string] $Name,

    # The number of the guest.
    [Parameter(Mandatory, ParameterSetName = 'DomId')]
    [uint16] $DomId,

    # The target to read, as Connect-XenTarget returned it.
    [object] $Target,

    # Repairs lost events and channels that stay masked.
    [switch] $Repair,

    # The maximum time in which the guest must handle a repaired event.
    [ValidateRange(1, 3600)]
    [int] $TimeoutSec = 5,

    # The path of a log, to which every change is appended.
    [string] $LogPath
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

# The meaning of each state for a guest that does not respond.
$standing = @{
    Paused    = "It is paused by the toolstack; resume it with 'xl unpause'."
    Crashed   = 'It has crashed; keep its core (xl dump-core) before it is restarted.'
    Shutdown  = 'It has shut down; start it.'
    Suspended = 'It is suspended for a save or a migration; check whether that has failed.'
    Dying     = 'It is being destroyed; if it remains, Find-XenFault -Rule DyingDomain names the processes that can hold it.'
}

$on = $Target ? @{ Target = $Target } : @{}
$which = $PSCmdlet.ParameterSetName -eq 'Name' ? @{ Name = $Name } : @{ DomId = $DomId }

$eventRules = 'LostWakeup', 'StuckMasked', 'UpcallStuck', 'UpcallMasked', 'InterruptsOff', 'NoVcpuOnline', 'VcpuOffline',
    'CallbackMissing', 'ApicDisabled', 'VectorNotTaken', 'SelectorSilent'

# The faults, the most severe first, and the reasons why rules about events did not judge the guest.
function Find-Fault {
    $answers = @(Find-XenFault -DomId $domain.DomId @on -WarningAction SilentlyContinue -IncludeRuleResult)
    $script:notJudged = @($answers |
        Where-Object { $_.PSObject.Properties['Outcome'] -and $_.Outcome -eq 'NotJudged' -and $_.Rule -in $eventRules })
    $answers | Where-Object { $_.PSObject.Properties['Severity'] } | Sort-Object Severity -Descending
}

# The outcome of a repair, by error id if there was an error.
function Repair-Channel ($Fault, [hashtable] $How) {
    try {
        Repair-XenEventChannel -DomId $Fault.DomId -Port $Fault.Port -Unmask:($Fault.Advice -match ' -Unmask\b') @How @on
        return 'repaired'
    }
    catch {
        $reason = switch -Wildcard ($_.FullyQualifiedErrorId) {
            'WaitTimedOut,*' { 'the guest did not handle the event: its vCPU may not run' }
            'PokeRefused,*' { "refused: $_" }
            'PokeLostRace,*' { 'it changed during the repair; run this again' }
            'NotSupportedByHost,*' { 'this target cannot be written to; run it on the host' }
            default { throw }
        }
        return "not repaired: $reason"
    }
}

try {
    $found = @(Get-XenDomain @which @on)
    if ($found.Count -ne 1) {
        Write-Error "$($found.Count) domains match '$Name'; name one." -ErrorId DomainNotClear -ErrorAction Continue
        exit 3
    }
    $domain = $found[0]
    $faults = @(Find-Fault)
    $repairs = @()
    if ($Repair) {
        $how = @{ TimeoutSec = $TimeoutSec; Confirm = $false }
        if ($LogPath) { $how.LogPath = $LogPath }
        $mendable = $faults | Where-Object { $_.Rule -in 'LostWakeup', 'StuckMasked' -and $null -ne $_.Port }
        $repairs = @(foreach ($fault in $mendable) {
                if (-not $PSCmdlet.ShouldProcess("Domain $($domain.DomId) ($($domain.Name)), port $($fault.Port)",
                    "Repair $($fault.Rule)")) { continue }
                [pscustomobject]@{ Port = $fault.Port; Rule = $fault.Rule; Result = Repair-Channel $fault -How $how }
            })
        if ($repairs) { $faults = @(Find-Fault) }
    }
    $channels = @(Get-XenEventChannel -DomId $domain.DomId @on -WarningAction SilentlyContinue)
}
catch {
    # The ids with their own advice. Other errors are returned unchanged.
    $hint = switch -Wildcard ($_.FullyQualifiedErrorId) {
        'DomainNotFound,*' { 'The guest does not run here. It may have been restarted elsewhere.' }
        'DomainVanished,*' { 'The guest ended while it was read.' }
        'XenNotAvailable,*' { 'Run this in the control domain, or connect to a host or a capture first.' }
        'XenAccessDenied,*' { 'Run this as root.' }
        default { '' }
    }
    Write-Error "$_ $hint".Trim() -ErrorId ($_.FullyQualifiedErrorId -replace ',.*') -ErrorAction Continue
    exit 3
}

$isStanding = $standing.ContainsKey("$($domain.State)")
$unknown = @($channels | Where-Object { $null -eq $_.Pending })
$cause = if ($isStanding) { $standing["$($domain.State)"] }
elseif ($faults) { $faults[0].Evidence }
elseif ($channels -and $unknown.Count -eq $channels.Count) { 'Not known: the state of its channels could not be read.' }
elseif ($notJudged) {
    "Not known: $($notJudged.Rule -join ', ') could not judge it ($(($notJudged.Reason | Select-Object -Unique) -join '; '))."
}
else { 'Nothing is wrong with its events; look inside the guest.' }

[pscustomobject]@{
    DomId    = $domain.DomId
    Name     = $domain.Name
    HostName = $domain.HostName
    State    = $domain.State
    Cause    = $cause
    Advice   = $isStanding ? $null : $faults ? $faults[0].Advice : $null
    Repair   = $repairs
    Fault    = $faults
}

if ($isStanding -or $faults.ForEach('Severity') -contains 'Critical') { exit 2 }
if ($faults) { exit 1 }
if ($notJudged -or ($channels -and $unknown.Count -eq $channels.Count)) { exit 3 }
exit 0
