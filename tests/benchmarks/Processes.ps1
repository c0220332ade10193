#Requires -Version 7.4
<#
.SYNOPSIS
    Compares whole processes: xenshared with lsevtchn and /bin/true, and the import of the module with a bare pwsh.
.DESCRIPTION
    Without Xen, both listings read the fake libraries of tests/native. A call of these takes less time than a hypercall, so a saved call
    counts for less, and the start of the process for more, than in a control domain.
.OUTPUTS
    Sets of samples in microseconds: Id, Baseline, Measured, Note.
#>
param(
    [Parameter(Mandatory)] [string] $Benchmarks,   # the program's assembly
    [Parameter(Mandatory)] [string] $Executable,   # xenshared, or the assembly of src/XenShared.Cli
    [Parameter(Mandatory)] [string] $Folder,       # for the fake host and libraries
    [int] $Rounds = 41,
    [int] $Ports = 3008,
    [string] $Module = (Join-Path $PSScriptRoot '../../XenShared.psd1')
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

function Measure-Process([int] $Rounds, [string[]] $Command) {
    $lines = & "$PSScriptRoot/processes.sh" $Rounds @Command 2>"$Folder/errors.txt"
    foreach ($column in 0..($Command.Count - 1)) { , @($lines | ForEach-Object { [double]($_ -split '\t')[$column] }) }
}

# Debian's xen-utils hold lsevtchn. Only the program is unpacked where the package is not installed.
function Get-Lsevtchn {
    $places = '/usr/lib/xen-*/bin/lsevtchn', '/usr/sbin/lsevtchn', "$Folder/usr/lib/xen-*/bin/lsevtchn"
    if ($found = Get-Item $places -ErrorAction Ignore | Select-Object -First 1) { return $found.FullName }
    try {
        Push-Location $Folder
        apt-get download -q xen-utils-4.17 *>$null
        bash -c 'dpkg-deb --fsys-tarfile xen-utils-4.17_*.deb | tar -x --wildcards "*/lsevtchn"'
        (Get-Item "$Folder/usr/lib/xen-*/bin/lsevtchn" | Select-Object -First 1).FullName
    }
    catch { $null }
    finally { Pop-Location }
}

$null = New-Item $Folder -ItemType Directory -Force
$program = [IO.Path]::GetExtension($Executable) -eq '.dll' ? "dotnet $Executable" : $Executable
$kind = $program -eq $Executable ? 'the executable for hosts' : 'the assembly that dotnet starts in place of the executable'
$lsevtchn = Get-Lsevtchn
$why = $null
if (-not (Get-Command gcc -ErrorAction Ignore)) { $why = 'gcc is not installed, which the fake libraries are built with' }
elseif (-not $lsevtchn) { $why = 'lsevtchn is not installed, and its package could not be fetched' }
else {
    bash "$PSScriptRoot/../native/fakexen/build.sh" "$Folder/fakexen" 17
    dotnet $Benchmarks host $Folder $Ports
    $env:FAKEXEN_HOST = "$Folder/host.txt"
    $env:LD_LIBRARY_PATH = "$Folder/fakexen/4.17"
    try {
        $commands = "$program channels --domid 5", "$lsevtchn 5", '/bin/true'
        # Both must list the same ports: the listing of xenshared has a line with headings.
        $rows = $commands[0..1] | ForEach-Object { @(bash -c "$_ 2>/dev/null" | Select-String '^ *\d').Count }
        if ($rows[0] -ne $Ports - 1 -or $rows[1] -ne $Ports - 1) { throw "xenshared and lsevtchn list $rows ports, not $($Ports - 1)." }
        $times = Measure-Process $Rounds $commands
    }
    finally { $env:FAKEXEN_HOST = $env:LD_LIBRARY_PATH = $null }
}
if ($why) { foreach ($id in 'channels-lsevtchn', 'channels-true') { [pscustomobject]@{ Id = $id; Note = $why } } }
else {
    $note = "on the fake Xen libraries, not in a control domain, with $kind"
    [pscustomobject]@{ Id = 'channels-lsevtchn'; Baseline = $times[1]; Measured = $times[0]; Note = $note }
    [pscustomobject]@{ Id = 'channels-true'; Baseline = $times[2]; Measured = $times[0]; Note = $note }
}

$times = Measure-Process ([Math]::Ceiling($Rounds / 4)) "pwsh -NoProfile -Command exit",
    "pwsh -NoProfile -Command Import-Module $((Resolve-Path $Module).Path)"
[pscustomobject]@{ Id = 'import'; Baseline = $times[0]; Measured = $times[1]; Note = $null }
