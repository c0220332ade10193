#Requires -Version 7.4
#Requires -Modules XenShared

<#
.SYNOPSIS
    Collects the data that support needs in one archive, before the guest is restarted.
.DESCRIPTION
    The archive contains a capture (which can answer all later questions), a report, the faults and the channels as JSON, and a list of
    the data that could not be read, with error ids. It is created at -Path only when it is complete. Nothing is changed on the host,
    except that -Hypervisor makes Xen write all channels to its own log.

    A capture contains guest memory and names. Consider who will see it before you send it to others.

    Uses the target that was connected last (Connect-XenTarget), otherwise the local host.

    Exit code: 0 everything is in the archive, 1 some data could not be read and is listed in problems.json, 2 a fault is critical (the
    archive is complete), 3 there is no archive.
.EXAMPLE
    ./Export-SupportEvidence.ps1 -Path ./web01.zip -Name web01
.EXAMPLE
    ./Export-SupportEvidence.ps1 -Path ./host.zip -Hypervisor -Note 'Ticket 4711: no network since 02:14'
.OUTPUTS
    The archive, with its SHA-256 as the property Hash.
#>
[CmdletBinding()]
param(
    # The path of the archive. It must not exist.
    [Parameter(Mandatory, Position = 0)]
    [string] $Path,

    # The names of the guests; by default all. The control domain is always included.
    [SupportsWildcards()]
    [string[]] $Name = '*',

    # The target to read, as Connect-XenTarget returned it.
    [object] $Target,

    # Reads the channels from Xen itself, including those of the control domain.
    [switch] $Hypervisor,

    # A description of the problem, which becomes a part of the archive.
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
    # Other users of this machine must not read it.
    if (-not $IsWindows) { [IO.File]::SetUnixFileMode($work, [IO.UnixFileMode]'UserRead, UserWrite, UserExecute') }
    $domains = @(Get-XenDomain -Name $Name @on)
    if (-not $domains) {
        throw [Management.Automation.ErrorRecord]::new([InvalidOperationException]"No domain matches '$Name'.", 'DomainNotFound',
            'ObjectNotFound', $Name)
    }
    $numbers = @(0) + $domains.DomId | Sort-Object -Unique
    # From here on, an error of one part does not prevent the other parts.
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
