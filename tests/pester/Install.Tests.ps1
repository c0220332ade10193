# The package in a repository of its own, installed and used by name as docs/install.md says, with a home folder of its own.

Describe 'An installed module' {
    BeforeAll {
        . "$PSScriptRoot/Setup.ps1"

        function Invoke-AtHome {
            param([string] $Script)
            $before = $env:HOME, $env:XDG_DATA_HOME, $env:XDG_CACHE_HOME, $env:XDG_CONFIG_HOME
            $env:HOME = "$TestDrive/home"
            $env:XDG_DATA_HOME = $env:XDG_CACHE_HOME = $env:XDG_CONFIG_HOME = $null
            try { pwsh -NoProfile -NonInteractive -WorkingDirectory $TestDrive -Command "`$ErrorActionPreference = 'Stop'; $Script" }
            finally { $env:HOME, $env:XDG_DATA_HOME, $env:XDG_CACHE_HOME, $env:XDG_CONFIG_HOME = $before }
            $LASTEXITCODE | Should -Be 0
        }

        $null = New-Item -ItemType Directory "$TestDrive/home", "$TestDrive/repository", "$TestDrive/packages"
        $capture = "$RepositoryRoot/src/XenShared.Cli/sample.xencap"
    }

    It 'runs both lines of the mission, found by its name' {
        if (-not (Get-Command Compress-PSResource -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'PSResourceGet 1.1 or later is not installed'
        }
        $seen = Invoke-AtHome "
            Compress-PSResource -Path '$ModuleFolder' -DestinationPath '$TestDrive/packages'
            Register-PSResourceRepository -Name xenshared -Uri '$TestDrive/repository' -Trusted
            Publish-PSResource -NupkgPath (Get-Item '$TestDrive/packages/*.nupkg').FullName -Repository xenshared
            Install-PSResource XenShared -Repository xenshared
            `$null = Connect-XenTarget -Path '$capture'
            (Get-Module XenShared).ModuleBase
            (Get-XenSharedInfo -DomId 5).EventAbi
            @(Get-XenEventChannel -WarningAction Ignore | Where Pending).Count
            Uninstall-PSResource XenShared
            @(Get-Module XenShared -ListAvailable).Count"

        $seen[0] | Should -BeLike "$TestDrive/home/.local/share/powershell/Modules/XenShared/*"
        $seen[1] | Should -Be 'TwoLevel'
        [int]$seen[2] | Should -BeGreaterThan 0
        $seen[3] | Should -Be 0
    }
}
