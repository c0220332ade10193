#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Finds guests with a wrong, frozen or inconsistent clock.
.DESCRIPTION
    Compares the wall clock that Xen shares with each guest with that of the control domain, and applies the rules about clocks to the
    guests. The clock of a guest with an intended time offset (rtc_timeoffset, localtime) differs by this offset: give it with -Expected.

    The time inside a guest, which its kernel and NTP adjust, is not visible from outside.

    Uses the targets that were connected (Connect-XenTarget), otherwise the local host.

    Exit code: 0 all clocks agree, 1 a clock is wrong by more than -WarningSeconds, 2 by more than -CriticalSeconds, or a rule finds a
    critical fault, 3 a clock is not known, or the version counter of a guest clock could not be judged (not for the control domain, whose
    records are not located).
.EXAMPLE
    ./Test-GuestClock.ps1
.EXAMPLE
    ./Test-GuestClock.ps1 -Name 'win*' -Expected 3600 -WarningSeconds 5
.OUTPUTS
    An object for each domain: its wall clock, the offset, its live vCPU clocks, and the verdict.
#>
[CmdletBinding()]
param(
    # The names of the guests.
    [Parameter(Position = 0)]
    [SupportsWildcards()]
    [string[]] $Name = '*',

    # The target to read, as Connect-XenTarget returned it.
    [object[]] $Target,

    # The intended offset of the clocks of these guests.
    [double] $Expected = 0,

    # A larger offset is a warning.
    [ValidateRange(0, 1e9)]
    [double] $WarningSeconds = 1,

    # A larger offset is critical.
    [ValidateRange(0, 1e9)]
    [double] $CriticalSeconds = 60
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$on = $Target ? @{ Target = $Target } : @{}
$rules = 'ClockVersionOdd', 'FrozenClock', 'ClockJump', 'WallClockOff'

function ConvertTo-Second ($Clock) { $Clock ? $Clock.Seconds + $Clock.Nanoseconds / 1e9 : $null }

try {
    $domains = @(Get-XenDomain -Name $Name @on)
    $quiet = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'SilentlyContinue'; ErrorVariable = '+failed' }
    $failed = @()
    # A page that is not mapped, or that is being written, must not prevent checking the others.
    $pages = @(Get-XenSharedInfo @on @quiet)
    $vcpus = @(Get-XenVcpuInfo -Name $Name @on @quiet)
    $answers = @(Find-XenFault -Name $Name -Rule $rules @on -WarningAction SilentlyContinue -IncludeRuleResult)
    $faults = @($answers | Where-Object { $_.PSObject.Properties['Severity'] })
    $notJudged = @($answers | Where-Object { $_.PSObject.Properties['Outcome'] -and $_.Outcome -eq 'NotJudged' })
}
catch {
    $hint = switch -Wildcard ($_.FullyQualifiedErrorId) {
        'DomainNotFound,*' { 'No such guest runs here.' }
        'XenNotAvailable,*' { 'Run this in the control domain, or connect to a host or a capture first.' }
        'XenAccessDenied,*' { 'Run this as root.' }
        default { '' }
    }
    Write-Error "$_ $hint".Trim() -ErrorId ($_.FullyQualifiedErrorId -replace ',.*') -ErrorAction Continue
    exit 3
}

$control = @{}
foreach ($page in $pages | Where-Object DomId -EQ 0) { $control[$page.HostName] = ConvertTo-Second $page.WallClock }
# The message about a domain that could not be read. With several hosts, domain numbers are not unique, so no message is used.
$why = @{}
if (@($domains.HostName | Select-Object -Unique).Count -eq 1) {
    foreach ($one in $failed |
        Where-Object { $_ -is [Management.Automation.ErrorRecord] -and $_.TargetObject -is [uint16] }) {
            $why["$($one.TargetObject)"] = "$one"
        }
}
$results = foreach ($domain in $domains) {
    $its = { param($all) @($all | Where-Object { $_.DomId -eq $domain.DomId -and $_.HostName -eq $domain.HostName }) }
    $page = & $its $pages | Select-Object -First 1
    $fault = & $its $faults | Sort-Object Severity -Descending | Select-Object -First 1
    $open = & $its $notJudged
    $oddNotJudged = $domain.DomId -ne 0 ? ($open | Where-Object Rule -EQ 'ClockVersionOdd' | Select-Object -First 1) : $null
    $own, $hosts = ($page ? (ConvertTo-Second $page.WallClock) : $null), $control[$domain.HostName]
    $offset = $null -ne $own -and $null -ne $hosts ? [Math]::Round($own - $hosts - $Expected, 6) : $null
    $verdict = if ($fault -and "$($fault.Severity)" -eq 'Critical') { 'Critical' }
    elseif ($null -ne $offset -and [Math]::Abs($offset) -gt $CriticalSeconds) { 'Critical' }
    elseif (($null -ne $offset -and [Math]::Abs($offset) -gt $WarningSeconds) -or
         ($fault -and $fault.Rule -ne 'WallClockOff')) { 'Warning' }
    elseif ($null -eq $offset -or $oddNotJudged) { 'Unknown' }
    else { 'Good' }
    [pscustomobject]@{
        DomId     = $domain.DomId
        Name      = $domain.Name
        HostName  = $domain.HostName
        WallClock = $page -and $page.WallClock ? $page.WallClock.Time : $null
        Version   = $page -and $page.WallClock ? $page.WallClock.Version : $null
        Offset    = $offset
        VcpuClock = @(& $its $vcpus | Where-Object IsLive | ForEach-Object { $_.Time.SystemTime })
        NotJudged = @($open | ForEach-Object Rule)
        Verdict   = $verdict
        Reason    = if ($fault) { $fault.Evidence } elseif ($null -eq $offset) {
            $why["$($domain.DomId)"] ?? 'Its wall clock, or the control domain''s, could not be read.'
        }
        elseif ($oddNotJudged) { "ClockVersionOdd could not judge it: $($oddNotJudged.Reason)." }
    }
}
$results

if ($results.Verdict -contains 'Critical') { exit 2 }
if ($results.Verdict -contains 'Warning') { exit 1 }
if (-not $results -or $results.Verdict -contains 'Unknown') { exit 3 }
exit 0
