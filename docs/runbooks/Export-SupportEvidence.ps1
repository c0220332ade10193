#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Puts all that support will ask for into one archive, before the guest is restarted.
.DESCRIPTION
    The archive holds a capture (which answers all later questions), a report for people, the faults and the channels as JSON, and what
    could not be read, with the error ids. It is made where -Path says, and is there as a whole or not at all. Nothing is changed on the
    host, except that -Hypervisor makes Xen write all channels into its own log.

    A capture holds memory of guests, and names. Look at who will see it before it is sent on.

    Asks the target that was connected last (Connect-XenTarget), else the local host.

    Exit code: 0 all is there, 1 parts could not be read and are listed in problems.json, 2 a fault is critical (the archive is complete), 3
    there is no archive.
.EXAMPLE
    ./Export-SupportEvidence.ps1 -Path ./web01.zip -Name web01
.EXAMPLE
    ./Export-SupportEvidence.ps1 -Path ./host.zip -Hypervisor -Note 'Ticket 4711: no network since 02:14'
.OUTPUTS
    The archive, with its SHA-256 as the property Hash.
#>
[CmdletBinding()]
param(
    # The archive to write. It must not exist.
    [Parameter(Mandatory, Position = 0)]
    [string] $Path,

    # The guests by name; without it all. The control domain is always among them.
    [SupportsWildcards()]
    [string[]] $Name = '*',

    # The target to ask, as Connect-XenTarget returned it.
    [object] $Target,

    # Asks Xen itself for the channels, the control domain's included.
    [switch] $Hypervisor,

    # What happened, in your words; goes into the archive.
    [string] $Note
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$on = $Target ? @{ Target = $Target } : @{}
$archive = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
if (Test-Path -LiteralPath $archive) {
    Write-Error "'$archive' exists; evidence is not overwritten. Choose another name." -ErrorId ArchiveExists -ErrorAction Continue
    exit 3
}
$work = Join-Path ([IO.Path]::GetTempPath()) "xen-evidence-$([guid]::NewGuid())"
$failed = @()
try {
    $null = [IO.Directory]::CreateDirectory($work)
    # Others on this machine have no business in it.
    if (-not $IsWindows) { [IO.File]::SetUnixFileMode($work, [IO.UnixFileMode]'UserRead, UserWrite, UserExecute') }
    $domains = @(Get-XenDomain -Name $Name @on)
    if (-not $domains) {
        throw [Management.Automation.ErrorRecord]::new([InvalidOperationException]"No domain fits '$Name'.", 'DomainNotFound',
            'ObjectNotFound', $Name)
    }
    $numbers = @(0) + $domains.DomId | Sort-Object -Unique
    # From here on, what one part lacks does not keep the others from being had.
    $part = @{ ErrorAction = 'SilentlyContinue'; ErrorVariable = '+failed'; WarningAction = 'SilentlyContinue'
        WarningVariable = '+failed' }
    $source = $Hypervisor ? @{ Source = 'Hypervisor' } : @{}
    $null = Export-XenCapture -Path "$work/host.xencap" -DomId $numbers @on @part
    $null = Export-XenReport -Path "$work/report.html" -DomId $numbers @on @part @source
    $faults = @(Find-XenFault -DomId $numbers @on @part)
    $channels = @(Get-XenEventChannel -DomId $numbers -IncludeClosed @on @part @source)
    ConvertTo-Json @($domains) -Depth 3 -EnumsAsStrings | Set-Content "$work/domains.json" -Encoding utf8NoBOM
    ConvertTo-Json @($faults) -Depth 3 -EnumsAsStrings | Set-Content "$work/faults.json" -Encoding utf8NoBOM
    ConvertTo-Json @($channels) -Depth 3 -EnumsAsStrings | Set-Content "$work/channels.json" -Encoding utf8NoBOM
    $problems = @($failed | ForEach-Object {
            $isError = $_ -is [Management.Automation.ErrorRecord]
            [ordered]@{ id = $isError ? ($_.FullyQualifiedErrorId -replace ',.*') : 'Warning'; domid = $isError -and
                 $_.TargetObject -is [uint16] ? $_.TargetObject : $null; message = "$_" }
        })
    ConvertTo-Json $problems | Set-Content "$work/problems.json" -Encoding utf8NoBOM
    [ordered]@{
        madeAt = [DateTimeOffset]::UtcNow; host = $domains[0].HostName; module = "$((Get-Module XenShared).Version)"
        powershell = "$($PSVersionTable.PSVersion)"
        system = $PSVersionTable.OS; note = $Note
    } | ConvertTo-Json | Set-Content "$work/about.json" -Encoding utf8NoBOM
    Compress-Archive -Path "$work/*" -DestinationPath "$archive.tmp.zip"
    if (-not $IsWindows) { [IO.File]::SetUnixFileMode("$archive.tmp.zip", [IO.UnixFileMode]'UserRead, UserWrite') }
    Move-Item -LiteralPath "$archive.tmp.zip" $archive
}
catch {
    $hint = switch -Wildcard ($_.FullyQualifiedErrorId) {
        'DomainNotFound*' { 'List the guests with Get-XenDomain.' }
        'XenNotAvailable,*' { 'Run this in the control domain, or connect to a host first.' }
        'XenAccessDenied,*' { 'Run this as root.' }
        default { '' }
    }
    Write-Error "$_ $hint".Trim() -ErrorId ($_.FullyQualifiedErrorId -replace ',.*') -ErrorAction Continue
    exit 3
}
finally {
    foreach ($left in $work, "$archive.tmp.zip") { if (Test-Path -LiteralPath $left) { Remove-Item -LiteralPath $left -Recurse -Force } }
}

Get-Item -LiteralPath $archive | Add-Member Hash (Get-FileHash -LiteralPath $archive).Hash -PassThru
if ($faults.ForEach('Severity') -contains 'Critical') { exit 2 }
if ($problems) { exit 1 }
exit 0
