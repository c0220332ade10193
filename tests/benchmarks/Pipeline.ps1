#Requires -Version 7.4
<#
.SYNOPSIS
    Compares Get-XenEventChannel with a trivial cmdlet that writes as many fresh objects of the same size, in one session.
.OUTPUTS
    Sets of samples in seconds: Id, Baseline, Measured, Note.
#>
param(
    [int] $DomainCount = 5000,
    [int] $Rounds = 9,
    [string] $Module = (Join-Path $PSScriptRoot '../../XenShared.psd1')
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
Import-Module $Module
# The control domain's ports lead to thousands of warnings and objects of its own kind; they are streamed as the others.
$WarningPreference = 'SilentlyContinue'

$source = Get-Content "$PSScriptRoot/Pipeline/*.cs" -Raw | ForEach-Object { $_ -replace '(?m)^using .*$' }
$added = Add-Type -PassThru -CompilerOptions '/optimize+' (@('using System;', 'using System.Management.Automation;') + $source -join "`n")
Import-Module $added[0].Assembly
$size = [XenShared.Benchmarks.Pipeline.FreshChannel]
if ($size::SizeOf($size) -ne $size::SizeOf([XenShared.XenEventChannel])) {
    throw "An object of the trivial cmdlet has $($size::SizeOf($size)) bytes, and a channel $($size::SizeOf([XenShared.XenEventChannel]))."
}

$null = Connect-XenTarget -Simulated -DomainCount $DomainCount
try {
    $count = @(Get-XenEventChannel).Count   # also the first run, which makes the guests
    $work = [ordered]@{
        trivial = { Write-FreshChannel -Count $count | Out-Null }
        channels = { Get-XenEventChannel | Out-Null }
        trivialWhere = { Write-FreshChannel -Count $count | Where-Object Pending | Out-Null }
        channelsWhere = { Get-XenEventChannel | Where-Object Pending | Out-Null }
        pending = { Get-XenEventChannel -Pending | Out-Null }
    }
    if (-not (Get-XenEventChannel -Pending)) { throw 'No simulated channel is pending, so a filter for them proves nothing.' }
    $seconds = @{}
    foreach ($name in $work.Keys) { $seconds[$name] = [Collections.Generic.List[double]]::new(); & $work[$name] }
    foreach ($round in 1..$Rounds) {
        foreach ($name in $work.Keys) {
            [GC]::Collect()
            $seconds[$name].Add((Measure-Command $work[$name]).TotalSeconds)
        }
    }
}
finally { Get-XenTarget | Disconnect-XenTarget }

$note = "$count channels of $DomainCount simulated domains"
[pscustomobject]@{ Id = 'pipeline-null'; Baseline = $seconds.trivial; Measured = $seconds.channels; Note = $note }
[pscustomobject]@{ Id = 'pipeline-where'; Baseline = $seconds.trivialWhere; Measured = $seconds.channelsWhere; Note = $note }
[pscustomobject]@{ Id = 'pipeline-pending'; Baseline = $seconds.channelsWhere; Measured = $seconds.pending; Note = $note }
