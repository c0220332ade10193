#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Saves the state of a guest before a migration, and compares it afterwards.
.DESCRIPTION
    Run it with -Save on the old host, then with -Reference on the new one. The guest has another number and other ports there, so it is
    found by its name, and its channels by their devices. These values must be the same: type, width, event ABI, vCPUs, memory, the size
    of its P2M, and a connected channel for each device. New faults are those that it did not have before.

    Uses the target that was connected last (Connect-XenTarget), otherwise the local host.

    Exit code: 0 nothing is missing, 1 something differs, 2 a device is not connected or a fault is critical, 3 the guest could not be
    read, or no rule could judge it on the new host.
.EXAMPLE
    ./Test-GuestMigration.ps1 -Name web01 -Save ./web01-before.xencap
.EXAMPLE
    ./Test-GuestMigration.ps1 -Name web01 -Reference ./web01-before.xencap
.OUTPUTS
    With -Save the file; otherwise an object for each difference.
#>
[CmdletBinding(DefaultParameterSetName = 'Compare')]
param(
    # The name of the guest.
    [Parameter(Mandatory, Position = 0)]
    [string] $Name,

    # The path of the file for the present state of the guest.
    [Parameter(Mandatory, ParameterSetName = 'Save')]
    [string] $Save,

    # The file that -Save wrote before the migration.
    [Parameter(Mandatory, ParameterSetName = 'Compare')]
    [string] $Reference,

    # The target to read, as Connect-XenTarget returned it.
    [object] $Target,

    # The maximum change of the offset of its wall clock to the host.
    [double] $ClockSeconds = 1
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

# All data of one guest on one target. Errors of the target end the script below.
function Read-Guest ([hashtable] $On) {
    $quiet = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'SilentlyContinue' }
    $domain = Get-XenDomain -Name $Name @On | Select-Object -First 1
    $pages = @(Get-XenSharedInfo -DomId 0, $domain.DomId @On @quiet)
    $own, $control = $pages.Where{ $_.DomId -eq $domain.DomId }, $pages.Where{ $_.DomId -eq 0 }
    $answers = @(Find-XenFault -DomId $domain.DomId @On -WarningAction SilentlyContinue -IncludeRuleResult)
    $results = @($answers | Where-Object { $_.PSObject.Properties['Outcome'] })
    @{
        Domain = $domain
        Page   = $own | Select-Object -First 1
        Offset = $own -and $control -and $own[0].WallClock -and
             $control[0].WallClock ? ($own[0].WallClock.Time - $control[0].WallClock.Time).TotalSeconds : $null
        Device = @(Get-XenEventChannel -DomId $domain.DomId @On @quiet | Where-Object Device)
        Fault  = @($answers | Where-Object { $_.PSObject.Properties['Severity'] })
        Judged = [bool]($results | Where-Object Outcome -NE 'NotJudged')
    }
}

function New-Difference ($What, $Before, $After, $Severity) {
    [pscustomobject]@{ Name = $Name; What = $What; Before = $Before; After = $After; Severity = $Severity }
}

$on = $Target ? @{ Target = $Target } : @{}
$earlier = $null
try {
    if ($Save) {
        # The control domain is included, because its clock is the reference for that of the guest.
        $number = (Get-XenDomain -Name $Name @on | Select-Object -First 1).DomId
        Export-XenCapture -Path $Save -DomId 0, $number @on -NoClobber
        exit 0
    }
    $after = Read-Guest $on
    $earlier = Connect-XenTarget -LiteralPath $Reference
    $before = Read-Guest @{ Target = $earlier }
}
catch {
    $hint = switch -Wildcard ($_.FullyQualifiedErrorId) {
        'DomainNotFound,*' { "There is no guest '$Name': it has not arrived, or is not in the file." }
        'NoClobber,*' { 'Do not overwrite what was there before the migration.' }
        'PathNotFound,*' { 'Was it saved before the migration, and copied here?' }
        'FileNotRecognised,*' { 'Give the file that -Save wrote.' }
        'XenNotAvailable,*' { 'Run this in the control domain, or connect to a host first.' }
        default { '' }
    }
    Write-Error "$_ $hint".Trim() -ErrorId ($_.FullyQualifiedErrorId -replace ',.*') -ErrorAction Continue
    exit 3
}
finally {
    if ($earlier) { Disconnect-XenTarget $earlier }
}

$differences = @(
    foreach ($property in 'Type', 'Width', 'EventAbi', 'VcpuCount', 'MemoryBytes', 'Uuid') {
        $old, $new = $before.Domain.$property, $after.Domain.$property
        if ("$old" -ne "$new") { New-Difference -What $property -Before $old -After $new -Severity Warning }
    }
    if ($before.Page -and $after.Page) {
        Compare-XenSharedInfo $before.Page $after.Page -Field '*max_pfn', '*nmi_reason' |
            ForEach-Object { New-Difference -What $_.Field -Before $_.Before -After $_.After -Severity Warning }
    }
    elseif ($before.Page) { New-Difference -What 'shared page' -Before 'mapped' -After 'not readable' -Severity Critical }
    if ($null -ne $before.Offset -and $null -ne $after.Offset -and [Math]::Abs($after.Offset - $before.Offset) -gt $ClockSeconds) {
        New-Difference -What 'clock offset in seconds' -Before $before.Offset -After $after.Offset -Severity Warning
    }
    foreach ($channel in $before.Device) {
        $now = $after.Device | Where-Object Device -EQ $channel.Device | Select-Object -First 1
        if (-not $now) { New-Difference -What "device $($channel.Device)" -Before $channel.State -After 'no channel' -Severity Critical }
        elseif ($now.State -ne $channel.State) {
            New-Difference -What "device $($channel.Device)" -Before $channel.State -After $now.State -Severity Critical
        }
    }
    foreach ($fault in $after.Fault | Where-Object { $_.Rule -notin $before.Fault.ForEach('Rule') }) {
        New-Difference -What "fault $($fault.Rule)" -Before $null -After $fault.Evidence -Severity "$($fault.Severity)"
    }
)
$differences

if ($differences.ForEach('Severity') -contains 'Critical') { exit 2 }
if (-not $after.Judged) { exit 3 }
if ($differences) { exit 1 }
exit 0
