<#
.SYNOPSIS
    Stages the module and runs the Pester suite on it, once; writes what came of each test as JSON.
.DESCRIPTION
    XenShared.Pester.csproj starts it. With Pester at hand, 'Invoke-Pester tests/pester' does the same for people.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ResultPath
)

$ErrorActionPreference = 'Stop'

$pester = Get-Module Pester -ListAvailable | Where-Object Version -GE '5.0' | Select-Object -First 1
if (-not $pester) {
    @{ notRun = 'Pester 5 is not installed' } | ConvertTo-Json | Set-Content $ResultPath
    return
}

& "$PSScriptRoot/../../build.ps1" -Task Package -NoBuild
Import-Module $pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$run = Invoke-Pester -Configuration $configuration

$tests = foreach ($test in $run.Tests) {
    @{
        file    = Split-Path $test.ScriptBlock.File -Leaf
        name    = $test.Name
        case    = $test.ExpandedName
        result  = "$($test.Result)"
        message = @($test.ErrorRecord | ForEach-Object { "$($_.DisplayErrorMessage ?? $_)", "$($_.DisplayStackTrace)" }) -join "`n"
    }
}
# A container that does not even get through discovery has no tests to tell of it.
$broken = foreach ($container in $run.Containers |
    Where-Object { -not $_.Passed -and $_.ErrorRecord }) { "$($container.Item): $($container.ErrorRecord)" }
@{ tests = @($tests); broken = @($broken) } | ConvertTo-Json -Depth 4 | Set-Content $ResultPath
