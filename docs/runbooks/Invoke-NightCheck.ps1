#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Looks at every guest of a fleet, writes down what is wrong, and ends with a code that a scheduler understands.
.DESCRIPTION
    For cron, a systemd timer or a pipeline. Asks hosts over SSH (-HostName), targets that are connected (-Target), capture files (-Path),
    or, without any of these, what this session is connected to, else the local host. A host that cannot be asked is written down, and the
    others are asked all the same.

    What a rule could not judge is written down too, once for each domain: that no fault was found there is no all-clear. The control
    domain's channels are judged with -Hypervisor; a single look, as one capture is, cannot show all that several show. Take known gaps out
    with -ExcludeRule, or all of them with -IgnoreNotJudged.

    Exit code, as monitoring plugins have it: 0 everything was judged and nothing found, 1 warnings, 2 something critical, 3 a host could
    not be asked, or something could not be judged.
.EXAMPLE
    ./Invoke-NightCheck.ps1 -LogPath /var/log/xen-night.jsonl
.EXAMPLE
    ./Invoke-NightCheck.ps1 -HostName (Get-Content ./hosts.txt) -UserName root -ReportFolder /srv/reports -ExcludeRule PortsNearLimit
.EXAMPLE
    ./Invoke-NightCheck.ps1 -Path /srv/captures/*.xencap -MinimumSeverity Critical
.OUTPUTS
    An object for each fault, one for each domain that not every rule judged (Rule NotJudged, Severity Unknown), and one for each host that
    could not be asked.
#>
[CmdletBinding(DefaultParameterSetName = 'Target')]
param(
    # Hosts to ask over SSH.
    [Parameter(Mandatory, ParameterSetName = 'HostName')]
    [string[]] $HostName,

    # The user there.
    [Parameter(ParameterSetName = 'HostName')]
    [string] $UserName,

    # The key to log in with.
    [Parameter(ParameterSetName = 'HostName')]
    [string] $KeyFilePath,

    # Capture files.
    [Parameter(Mandatory, ParameterSetName = 'Path')]
    [SupportsWildcards()]
    [string[]] $Path,

    # Targets to ask, as Connect-XenTarget returned them.
    [Parameter(ParameterSetName = 'Target')]
    [object[]] $Target,

    # What is less grave is left out.
    [ValidateSet('Information', 'Warning', 'Critical')]
    [string] $MinimumSeverity = 'Warning',

    # Rules whose faults, and whose answer "not judged", are known and lived with.
    [string[]] $ExcludeRule = @(),

    # Asks Xen itself for the channels whose state is not known otherwise, such as the control domain's. It writes them into its log.
    [switch] $Hypervisor,

    # What no rule could judge is not written down, and does not count.
    [switch] $IgnoreNotJudged,

    # A line of JSON for each result is appended to this file.
    [string] $LogPath,

    # A report of each host with faults is written into this folder.
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
    # All hosts are connected, and asked, at the same time. What happens to one is written down, and the others answer.
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
            throw [Management.Automation.ErrorRecord]::new([InvalidOperationException]'No file fits, so nothing was looked at.',
                'NothingAsked', 'ObjectNotFound', $Path)
        }
    }
    catch {
        # Nothing came of the only target: what it said on the way is no more than this.
        Add-Unknown $where $_
        $problems = @()
    }
    # A guest that goes away while it is looked at is no fault.
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
                Advice = 'Look at what the reasons name, or exclude these rules.'
            })
    }
    if ($ReportFolder) {
        foreach ($one in $isLocal -and $faults ? @($null) : $targets | Where-Object HostName -In $faults.ForEach('HostName')) {
            $name = $isLocal ? [Environment]::MachineName : $one.Path ? [IO.Path]::GetFileNameWithoutExtension($one.Path) : $one.HostName
            $file = Join-Path $ReportFolder ('{0}-{1:yyyyMMdd}.html' -f ($name -replace '[^\w.-]', '_'), [DateTime]::UtcNow)
            $from = $isLocal ? @{} : @{ Target = $one }
            # What was found is worth more than its report.
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

# A host that was not asked, or a domain that was not judged, may hide anything, but what is known to be critical comes first.
$found = @($results).ForEach('Severity')
if ($found -contains 'Critical') { exit 2 }
if ($found -contains 'Unknown') { exit 3 }
if ($found.Count -gt 0) { exit 1 }
exit 0
