#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Checks the running VMs of a XenServer or XCP-ng pool, each on the host on which it runs.
.DESCRIPTION
    Takes VM objects, as Get-XenVM of the XenServer module returns them, or objects with the properties uuid, name_label and domid. Finds
    the domain of each VM by its UUID on the hosts of the pool (-HostName), or on the targets of the session, and looks for faults. A VM
    without a domain, such as a halted VM or a template, is left out. A VM whose domain is on none of the hosts is reported as unknown.

    Exit code: 0 every running VM was found and judged, and no fault was found, 1 warnings, 2 something critical, 3 a host or a VM could
    not be read, or something could not be judged.
.EXAMPLE
    ./Test-PoolGuest.ps1 -VM (Get-XenVM) -HostName (Get-XenHost).address -UserName root
.EXAMPLE
    Connect-XenTarget -HostName xen1, xen2 -UserName root; ./Test-PoolGuest.ps1 -VM (Get-XenVM -Name web01) -MinimumSeverity Information
.OUTPUTS
    An object for each fault, one for each VM that not every rule judged (Rule NotJudged, Severity Unknown), and one for each host or VM
    that could not be read.
#>
[CmdletBinding()]
param(
    # The VMs. Their properties uuid, name_label and domid are used.
    [Parameter(Mandatory)]
    [AllowEmptyCollection()]
    [object[]] $VM,

    # The hosts of the pool, to connect by SSH. Without them, the targets of the session are used.
    [string[]] $HostName = @(),

    # The user name on the hosts.
    [string] $UserName,

    # The path of the private key.
    [string] $KeyFilePath,

    # Less severe faults are left out.
    [ValidateSet('Information', 'Warning', 'Critical')]
    [string] $MinimumSeverity = 'Warning',

    # The rules whose faults and results "not judged" are known and accepted.
    [string[]] $ExcludeRule = @()
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$quiet = @{ WarningAction = 'SilentlyContinue'; ErrorAction = 'SilentlyContinue'; ErrorVariable = '+problems' }
$problems = @()
$opened = @()
$results = [Collections.Generic.List[object]]::new()

function Add-Result ($Domain, [string] $Rule, [string] $Severity, [string] $Evidence, $Advice, $Port) {
    $results.Add([pscustomobject]@{
            Name = $Domain.Name; Uuid = $Domain.Uuid; HostName = $Domain.HostName; DomId = $Domain.DomId; Port = $Port
            Rule = $Rule; Severity = $Severity; Evidence = $Evidence; Advice = $Advice
        })
}

try {
    if ($HostName) {
        $login = @{}
        if ($UserName) { $login.UserName = $UserName }
        if ($KeyFilePath) { $login.KeyFilePath = $KeyFilePath }
        # One command connects all hosts, so the cmdlets below use all of them.
        $opened = @(Connect-XenTarget -HostName $HostName @login @quiet)
    }
    $running = @($VM | Where-Object { $null -ne $_ -and [long]$_.domid -ge 0 })
    $names = @{}
    foreach ($one in $running) { $names["$([guid]$one.uuid)"] = $one.name_label }
    $domains = @()
    $answers = @()
    if ($running -and ($opened -or -not $HostName)) {
        try {
            # Each domain has the UUID of its VM. From here on, its HostName leads to the right host.
            $domains = @($running | Get-XenDomain @quiet)
            $answers = @($domains | Find-XenFault @quiet -IncludeRuleResult | Where-Object Rule -NotIn $ExcludeRule)
        }
        catch {
            # Without a target, nothing can be read. A VM is not the cause.
            $problems += $_
        }
    }
    $byDomain = @{}
    foreach ($domain in $domains) {
        $byDomain["$($domain.HostName) $($domain.DomId)"] = [pscustomobject]@{
            Name = $names["$($domain.Uuid)"]; Uuid = $domain.Uuid; HostName = $domain.HostName; DomId = $domain.DomId
        }
    }
    foreach ($group in $answers | Group-Object HostName, DomId) {
        $domain = $byDomain["$($group.Group[0].HostName) $($group.Group[0].DomId)"]
        foreach ($fault in $group.Group.Where{ $_.PSObject.Properties['Severity'] -and $_.Severity -ge $MinimumSeverity }) {
            Add-Result $domain $fault.Rule $fault.Severity $fault.Evidence $fault.Advice $fault.Port
        }
        $notJudged = $group.Group.Where{ $_.PSObject.Properties['Outcome'] -and $_.Outcome -eq 'NotJudged' }
        if ($notJudged) {
            $reasons = $notJudged | Group-Object Reason | ForEach-Object { "$($_.Group.Rule -join ', '): $($_.Name)" }
            Add-Result $domain NotJudged Unknown "$($reasons -join '; ')." 'Provide the data that the reasons name, or exclude these rules.'
        }
    }
    # A VM that ends while it is read is not a fault.
    foreach ($problem in $problems | Where-Object FullyQualifiedErrorId -NotLike 'DomainVanished,*') {
        $about = $problem.TargetObject
        $unknown = [pscustomobject]@{
            Name = $about -is [guid] ? $names["$about"] : $null; Uuid = $about -is [guid] ? $about : $null
            HostName = $about -is [string] ? $about : $null; DomId = $about -is [uint16] ? $about : $null
        }
        $advice = $problem.ErrorDetails ? $problem.ErrorDetails.RecommendedAction : $null
        Add-Result $unknown ($problem.FullyQualifiedErrorId -replace ',.*') Unknown "$problem" $advice
    }
}
finally {
    $opened | Disconnect-XenTarget
}

$results

$found = @($results).ForEach('Severity')
if ($found -contains 'Critical') { exit 2 }
if ($found -contains 'Unknown') { exit 3 }
if ($found.Count -gt 0) { exit 1 }
exit 0
