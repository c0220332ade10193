#Requires -Version 7.4
<#
.SYNOPSIS
    Measures the memory of this session while a million channels are streamed, above that of the idle session with the same targets.
.OUTPUTS
    Sets of samples in MB: Id, Baseline (idle), Measured (peak), Note.
#>
param(
    [Parameter(Mandatory)] [string] $Benchmarks,   # the program's assembly
    [Parameter(Mandatory)] [string] $Folder,       # for the captures
    [int] $ChannelCount = 1000000,
    [int] $TargetCount = 50,
    [int] $Rounds = 3,
    [string] $Module = (Join-Path $PSScriptRoot '../../XenShared.psd1')
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Import-Module $Module
Add-Type -Path "$PSScriptRoot/PeakMemory.cs"
$null = New-Item $Folder -ItemType Directory -Force

foreach ($case in @{ Id = 'memory-one'; Targets = 1 }, @{ Id = 'memory-fifty'; Targets = $TargetCount }) {
    # Domains with 1,000 ports each: all in one capture, or spread over the targets.
    $domains = [Math]::Max(1, $ChannelCount / $case.Targets / 1000)
    $capture = "$Folder/$($case.Id).xencap"
    dotnet $Benchmarks capture $capture $domains 1000
    $null = Connect-XenTarget -Path (@($capture) * $case.Targets)
    try {
        $expected = $domains * 1000 * $case.Targets
        $null = Get-XenEventChannel -DomId 1 | Select-Object -First 1
        $idle = [Collections.Generic.List[double]]::new()
        $peak = [Collections.Generic.List[double]]::new()
        foreach ($round in 1..$Rounds) {
            $memory = [XenShared.Benchmarks.PeakMemory]::new()
            $count = 0
            Get-XenEventChannel -WarningAction SilentlyContinue | ForEach-Object { $count++ }
            $peak.Add($memory.Peak / 1e6)
            $idle.Add($memory.Start / 1e6)
            $memory.Dispose()
            if ($count -ne $expected) { throw "$count channels were streamed, not $expected." }
        }
        [pscustomobject]@{
            Id = $case.Id; Baseline = $idle; Measured = $peak
            Note = "$expected channels of $($case.Targets) capture(s) in one session"
        }
    }
    finally { Get-XenTarget | Disconnect-XenTarget }
}
