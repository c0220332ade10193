#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Checks all guests of many hosts, logs their faults, and ends with an exit code for schedulers.
.DESCRIPTION
    For cron, a systemd timer or a pipeline. Checks hosts by SSH (-HostName), connected targets (-Target), capture files (-Path), or,
    without these parameters, the targets of the session, otherwise the local host. A host that cannot be read is logged, and the others
    are still checked.

    Rules that could not judge a domain are logged too, once for each domain, because the absence of a fault then means nothing.
    -Hypervisor is necessary to judge the channels of the control domain. A single sample, such as one capture, cannot show all faults.
    Exclude known gaps with -ExcludeRule, or all of them with -IgnoreNotJudged.

    Exit code, as for monitoring plugins: 0 everything was judged and no fault was found, 1 warnings, 2 something critical, 3 a host could
    not be read, or something could not be judged.
.EXAMPLE
    ./Invoke-NightCheck.ps1 -LogPath /var/log/xen-night.jsonl
.EXAMPLE
    ./Invoke-NightCheck.ps1 -HostName (Get-Content ./hosts.txt) -UserName root -ReportFolder /srv/reports -ExcludeRule PortsNearLimit
.EXAMPLE
    ./Invoke-NightCheck.ps1 -Path /srv/captures/*.xencap -MinimumSeverity Critical
.OUTPUTS
    An object for each fault, one for each domain that not every rule judged (Rule NotJudged, Severity Unknown), and one for each host
    that could not be read.
#>
[CmdletBinding(DefaultParameterSetName = 'Target')]
param(
    # The hosts to check by SSH.
    [Parameter(Mandatory, ParameterSetName = 'HostName')]
    [string[]] $HostName,

    # The user name on the hosts.
    [Parameter(ParameterSetName = 'HostName')]
    [string] $UserName,

    # The path of the private key.
    [Parameter(ParameterSetName = 'HostName')]
    [string] $KeyFilePath,

    # The capture files.
    [Parameter(Mandatory, ParameterSetName = 'Path')]
    [SupportsWildcards()]
    [string[]] $Path,

    # The targets to check, as Connect-XenTarget returned them.
    [Parameter(ParameterSetName = 'Target')]
    [object[]] $Target,

    # Less severe faults are left out.
    [ValidateSet('Information', 'Warning', 'Critical')]
    [string] $MinimumSeverity = 'Warning',

    # The rules whose faults and results "not judged" are known and accepted.
    [string[]] $ExcludeRule = @(),

    # Reads channels whose state is not known otherwise, such as those of the control domain, from Xen, which writes them to its log.
    [switch] $Hypervisor,

    # Results "not judged" are not logged and do not affect the exit code.
    [switch] $IgnoreNotJudged,

    # The path of a log, to which a line of JSON is appended for each result.
    [string] $LogPath,

    # The folder for a report of each host with faults.
    [string] $ReportFolder
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$results = [Collections.Generic.List[object]]::new()
$quiet = @{ WarningAction = 'SilentlyContinue'; ErrorAction = 'SilentlyContinue'; ErrorVariable = '+problems' }
$problems = @()
$opened = @()

function Add-Unknown ([string] $Where, $Problem) {
    $results.Add([pscustomobject]@{
            Time = [DateTimeOffset]::UtcNow; HostName = $Where; DomId = $Problem.TargetObject -is [uint16] ? $Problem.TargetObject : $null
            Name = $null; Port = $null
            Rule = $Problem.FullyQualifiedErrorId -replace ',.*'; Severity = 'Unknown'; Evidence = "$Problem"
            Advice = $Problem.ErrorDetails ? $Problem.ErrorDetails.RecommendedAction : $null
        })
}

try {
    # All hosts are connected and queried at the same time. An error of one is logged, and the others are still checked.
    switch ($PSCmdlet.ParameterSetName) {
        'HostName' {
            $login = @{}
            if ($UserName) { $login.UserName = $UserName }
            if ($KeyFilePath) { $login.KeyFilePath = $KeyFilePath }
            $opened = @(Connect-XenTarget -HostName $HostName @login @quiet)
        }
        'Path' { $opened = @(Connect-XenTarget -Path $Path @quiet) }
    }
    foreach ($problem in $problems) { Add-Unknown "$($problem.TargetObject)" $problem }
    $problems = @()
    $targets = $PSCmdlet.ParameterSetName -eq 'Target' ? @($Target ?? (Get-XenTarget)) : $opened
    $isLocal = $PSCmdlet.ParameterSetName -eq 'Target' -and -not $targets
    $on = $isLocal ? @{} : @{ Target = $targets }
    $where = $isLocal ? [Environment]::MachineName : "$($targets.ForEach('HostName'))"
    $faults = @()
    $notJudged = @()
    $source = $Hypervisor ? @{ Source = 'Hypervisor' } : @{}
    try {
        if ($isLocal -or $targets) {
            $answers = @(Find-XenFault @on @quiet @source -IncludeRuleResult | Where-Object Rule -NotIn $ExcludeRule)
            $faults = @($answers | Where-Object { $_.PSObject.Properties['Severity'] -and $_.Severity -ge $MinimumSeverity })
            $notJudged = @($answers |
                Where-Object { -not $IgnoreNotJudged -and $_.PSObject.Properties['Outcome'] -and $_.Outcome -eq 'NotJudged' })
        }
        elseif ($results.Count -eq 0) {
            throw [Management.Automation.ErrorRecord]::new([InvalidOperationException]'No file matches, so nothing was checked.',
                'NothingAsked', 'ObjectNotFound', $Path)
        }
    }
    catch {
        # The only target failed. Its other messages add nothing to this error.
        Add-Unknown $where $_
        $problems = @()
    }
    # A guest that ends while it is read is not a fault.
    foreach ($problem in $problems | Where-Object FullyQualifiedErrorId -NotLike 'DomainVanished,*') {
        $source = $problem.TargetObject
        Add-Unknown ($source -is [uint16] -or $null -eq $source ? $where : $source -is [string] ? $source : $source.HostName) $problem
    }
    foreach ($fault in $faults) {
        $results.Add([pscustomobject]@{
                Time = $fault.TakenAt; HostName = $fault.HostName; DomId = $fault.DomId; Name = $fault.DomainName; Port = $fault.Port
                Rule = $fault.Rule; Severity = "$($fault.Severity)"; Evidence = $fault.Evidence; Advice = $fault.Advice
            })
    }
    foreach ($domain in $notJudged | Group-Object HostName, DomId) {
        $first = $domain.Group[0]
        $reasons = $domain.Group | Group-Object Reason | ForEach-Object { "$($_.Group.Rule -join ', '): $($_.Name)" }
        $results.Add([pscustomobject]@{
                Time = $first.TakenAt; HostName = $first.HostName; DomId = $first.DomId; Name = $first.DomainName; Port = $null
                Rule = 'NotJudged'; Severity = 'Unknown'; Evidence = "$($reasons -join '; ')."
                Advice = 'Provide the data that the reasons name, or exclude these rules.'
            })
    }
    if ($ReportFolder) {
        foreach ($one in $isLocal -and $faults ? @($null) : $targets | Where-Object HostName -In $faults.ForEach('HostName')) {
            $name = $isLocal ? [Environment]::MachineName : $one.Path ? [IO.Path]::GetFileNameWithoutExtension($one.Path) : $one.HostName
            $file = Join-Path $ReportFolder ('{0}-{1:yyyyMMdd}.html' -f ($name -replace '[^\w.-]', '_'), [DateTime]::UtcNow)
            $from = $isLocal ? @{} : @{ Target = $one }
            # A failing report must not hide the results.
            try { $null = Export-XenReport -Path $file @from }
            catch { Add-Unknown $name $_ }
        }
    }
}
finally {
    $opened | Disconnect-XenTarget
}

$results
if ($LogPath -and $results.Count -gt 0) {
    $results | ForEach-Object { ConvertTo-Json $_ -Compress } | Add-Content -LiteralPath $LogPath -Encoding utf8NoBOM
}

# A host that was not read, or a domain that was not judged, can hide faults. Known critical faults take precedence.
$found = @($results).ForEach('Severity')
if ($found -contains 'Critical') { exit 2 }
if ($found -contains 'Unknown') { exit 3 }
if ($found.Count -gt 0) { exit 1 }
exit 0
