#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the benchmarks and checks their bounds: build.ps1 -Task Bench builds what it needs and starts it.
.DESCRIPTION
    Each part writes its results into a file, so that the parts can run one after another. At the end, the figures of all parts are written
    into docs/performance.md. The exit status is 1 if a bound is missed by more than the noise, and 2 if a part has not run.
#>
[CmdletBinding()]
param(
    # Several are separated by commas, also where a shell hands them over as one word.
    [ValidatePattern('^((^|\s*,\s*)(Micro|Pipeline|Processes|Growth|Memory|Page))+$')]
    [string[]] $Part = @('Micro', 'Pipeline', 'Processes', 'Growth', 'Memory', 'Page'),

    # A short run to see that each ratio is measured. Its figures are too noisy for bounds, so none is checked and no page is written.
    [switch] $Quick,

    [string] $Configuration = 'Release'
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$root = Resolve-Path "$PSScriptRoot/../.."
$folder = Join-Path $root ($Quick ? 'artifacts/bench-quick' : 'artifacts/bench')
$program = "$PSScriptRoot/bin/$Configuration/net10.0/XenShared.Benchmarks.dll"
$executable = Join-Path $root 'artifacts/native/linux-x64/xenshared'
if ($Quick -or -not (Test-Path $executable)) { $executable = "$root/src/XenShared.Cli/bin/$Configuration/net10.0/XenShared.Cli.dll" }
$null = New-Item $folder -ItemType Directory -Force

# Each script runs in a session of its own: one that has streamed a million objects is not as fast as a new one.
function Invoke-Part([string] $Name, [hashtable] $Parameter) {
    $words = $Parameter.GetEnumerator() | ForEach-Object { "-$($_.Key) '$($_.Value)'" }
    $sets = pwsh -NoProfile -NonInteractive -Command "& '$PSScriptRoot/$Name.ps1' $words | ConvertTo-Json -Depth 4 -AsArray"
    $taken = [DateTimeOffset]::UtcNow.ToString('o')
    Set-Content "$folder/$Name.json" "{ `"takenAt`": `"$taken`", `"sets`": $($sets -join "`n") }"
}

foreach ($one in $Part -split '\s*,\s*') {
    Write-Information "Bench: $one" -InformationAction Continue
    switch ($one) {
        'Micro' { dotnet $program micro ($Quick ? 1 : 7) "$folder/Micro.json" @($Quick ? 'quick' : @()) }
        'Growth' { dotnet $program growth ($Quick ? 1 : 3) "$folder/Growth.json" @($Quick ? 'quick' : @()) }
        'Pipeline' { Invoke-Part Pipeline ($Quick ? @{ DomainCount = 100; Rounds = 2 } : @{}) }
        'Processes' {
            $places = @{ Benchmarks = $program; Executable = $executable; Folder = "$folder/processes" }
            Invoke-Part Processes ($Quick ? $places + @{ Rounds = 1 } : $places)
        }
        'Memory' {
            $places = @{ Benchmarks = $program; Folder = "$folder/memory" }
            Invoke-Part Memory ($Quick ? $places + @{ ChannelCount = 10000; TargetCount = 5; Rounds = 1 } : $places)
        }
        'Page' {
            $PSNativeCommandUseErrorActionPreference = $false
            dotnet $program page $folder @($Quick ? @() : "$root/docs/performance.md")
            if ($LASTEXITCODE) { exit $LASTEXITCODE }
        }
    }
    if ($one -ne 'Page' -and -not $Quick) { dotnet $program show "$folder/$one.json" }
}
