#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests and packages XenShared.
.EXAMPLE
    ./build.ps1 -Task Build, Test
.EXAMPLE
    ./build.ps1 -Task TestXen -Suite All
#>
[CmdletBinding()]
param(
    # Build: the module into bin/. Package: build, stage artifacts/XenShared with the executable for hosts that are reached by SSH, make its
    # archive and its package for Install-PSResource, the executable's Debian and RPM packages, the software bill of materials (CycloneDX)
    # and the checksums of these files. Native: the executable alone. Test: every test that needs no Xen. TestXen: the tests on a real
    # hypervisor, in the test bed. Fuzz: a million damaged files for each reader (-Count, -Seed). Docs: docs/en-US into the help that is
    # built in (needs PlatyPS), and the sample report. Surface: docs/reference/surface.txt, the list of what users type, script against or
    # parse. Bench: the benchmarks and their bounds (-Quick, -Part); it writes the figures into docs/performance.md. Several are separated
    # by commas, also where a shell hands them over as one word.
    [ArgumentCompletions('Build', 'Test', 'TestXen', 'Fuzz', 'Native', 'Package', 'Docs', 'Surface', 'Bench', 'Demo', 'Clean')]
    [ValidatePattern('^((^|\s*,\s*)(Build|Test|TestXen|Fuzz|Native|Package|Docs|Surface|Bench|Demo|Clean))+$')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # Which Debian the test bed boots.
    [ValidateSet('bookworm', 'bullseye', 'trixie', 'All')]
    [string] $Suite = 'bookworm',

    # TestXen: the slow guests with a device model too.
    [switch] $Full,

    # Fuzz: inputs for each reader, and what they follow from.
    [long] $Count = 1000000,
    [int] $Seed = 1,

    # Bench: a short run that only shows that each figure is measured, and the parts to run (tests/benchmarks/Bench.ps1); empty for all.
    [switch] $Quick,
    [string[]] $Part = @(),

    # Package: stages what is in bin already, and makes nothing native. Bench: runs what is built already.
    [switch] $NoBuild
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$artifacts = Join-Path $PSScriptRoot 'artifacts'
$packaging = Join-Path $PSScriptRoot 'src/XenShared.Cli/packaging'

$steps = $Task -split '\s*,\s*' | ForEach-Object { $_ -eq 'Package' -and -not $NoBuild ? @('Build', 'Native', $_) : $_ }
foreach ($step in $steps) {
    switch ($step) {
        'Build' {
            dotnet build "$PSScriptRoot/src/XenShared.PowerShell" --configuration $Configuration --nologo --verbosity quiet
        }
        'Test' {
            dotnet test "$PSScriptRoot/XenShared.slnx" --configuration $Configuration --nologo
        }
        'TestXen' {
            # What fails on one Xen is no reason not to ask the others.
            $failed = foreach ($one in $Suite -eq 'All' ? @('bookworm', 'bullseye', 'trixie') : @($Suite)) {
                Write-Information "TestXen on $one" -InformationAction Continue
                $env:SUITE = $one
                try { & "$PSScriptRoot/tests/xen/suite" @($Full ? '--full' : @()) | Out-Host }
                catch [System.Management.Automation.NativeCommandExitException] { $one }
            }
            if ($failed) { throw "The tests on a real Xen failed on $($failed -join ', '); see above." }
        }
        'Fuzz' {
            dotnet run --project "$PSScriptRoot/tests/fuzz" --configuration Release -- all --count $Count --seed $Seed
        }
        'Native' {
            # Native code, else a trimmed single file; it says which.
            $made = & "$packaging/build-native.sh" "$artifacts/native/linux-x64" | Select-Object -Last 1
            Write-Information "xenshared for Linux x86-64: $made" -InformationAction Continue
        }
        'Package' {
            $stage = Join-Path $artifacts 'XenShared'
            if (Test-Path $stage) { Remove-Item $stage -Recurse -Force }
            $null = New-Item $stage -ItemType Directory -Force
            foreach ($part in 'XenShared.psd1', 'bin', 'en-US', 'LICENSE', 'README*') {
                Copy-Item (Join-Path $PSScriptRoot $part) $stage -Recurse
            }
            $version = (Import-PowerShellDataFile "$stage/XenShared.psd1").ModuleVersion
            $packages = "XenShared.$version.nupkg", "XenShared.$version.zip", "xenshared_$($version)_amd64.deb",
                "xenshared-$version-1.x86_64.rpm", "XenShared.$version.cdx.json"
            $packages | ForEach-Object { Remove-Item "$artifacts/$_" -ErrorAction Ignore }
            if (-not $NoBuild) {
                $null = New-Item "$stage/remote/linux-x64" -ItemType Directory
                Copy-Item "$artifacts/native/linux-x64/xenshared" "$stage/remote/linux-x64"
                if (Get-Command dpkg-deb -ErrorAction Ignore) {
                    & "$packaging/build-deb.sh" "$artifacts/native/linux-x64/xenshared" $version $artifacts
                }
                else { Write-Warning 'There is no dpkg-deb here, so the Debian package is not made.' }
                if (Get-Command rpmbuild -ErrorAction Ignore) {
                    & "$packaging/build-rpm.sh" "$artifacts/native/linux-x64/xenshared" $version $artifacts
                }
                else { Write-Warning 'There is no rpmbuild here, so the RPM package is not made.' }
            }
            Compress-Archive $stage "$artifacts/XenShared.$version.zip" -Force
            if (Get-Command Compress-PSResource -ErrorAction Ignore) { Compress-PSResource -Path $stage -DestinationPath $artifacts }
            else { Write-Warning 'There is no PSResourceGet 1.1 or later here, so the package for PowerShell repositories is not made.' }
            $native = $NoBuild ? @{} : @{ ExecutableAssets = "$artifacts/native/linux-x64/project.assets.json" }
            & "$packaging/Build-Sbom.ps1" -Destination "$artifacts/XenShared.$version.cdx.json" -Version $version @native `
                -ModuleAssets "$PSScriptRoot/src/XenShared.PowerShell/obj/project.assets.json"
            # The packages that were made now, in the format of sha256sum.
            $made = $packages + ($NoBuild ? @() : 'native/linux-x64/xenshared') | Where-Object { Test-Path "$artifacts/$_" }
            $made | ForEach-Object { "$((Get-FileHash "$artifacts/$_" -Algorithm SHA256).Hash.ToLowerInvariant())  $_" } |
                Set-Content "$artifacts/SHA256SUMS" -Encoding utf8NoBOM
        }
        'Docs' {
            & "$PSScriptRoot/docs/en-US/Build-Help.ps1" -Destination "$PSScriptRoot/src/XenShared.PowerShell/en-US"
            $sample = "$PSScriptRoot/docs/sample-report.html"
            $capture = "$PSScriptRoot/tests/data/bookworm-quick.xencap"
            dotnet run --project "$PSScriptRoot/src/XenShared.Cli" -- report $sample --force --target $capture
        }
        'Surface' {
            $env:XENSHARED_WRITE_SURFACE = '1'
            try { dotnet run --project "$PSScriptRoot/tests/unit" -- -class XenShared.Tests.Surface.PublicSurfaceTests }
            finally { $env:XENSHARED_WRITE_SURFACE = $null }
        }
        'Bench' {
            if (-not $NoBuild) {
                foreach ($project in 'tests/benchmarks', 'src/XenShared.PowerShell', 'src/XenShared.Cli') {
                    dotnet build "$PSScriptRoot/$project" --configuration $Configuration --nologo --verbosity quiet
                }
                if (-not $Quick) { & "$PSScriptRoot/build.ps1" -Task Native }
            }
            $parts = $Part ? @{ Part = $Part } : @{}
            & "$PSScriptRoot/tests/benchmarks/Bench.ps1" -Quick:$Quick -Configuration $Configuration @parts
            if ($LASTEXITCODE) { exit $LASTEXITCODE }
        }
        'Demo' {
            dotnet run --project "$PSScriptRoot/src/XenShared.Cli" -- demo
        }
        'Clean' {
            dotnet clean "$PSScriptRoot/XenShared.slnx" --configuration $Configuration --nologo --verbosity quiet
            foreach ($folder in "$PSScriptRoot/bin", "$PSScriptRoot/en-US", $artifacts) {
                if (Test-Path $folder) { Remove-Item $folder -Recurse -Force }
            }
        }
    }
}
