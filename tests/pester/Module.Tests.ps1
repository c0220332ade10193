BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    # These write nothing by default.
    $passing = $CommandNames -match '^(Set|Repair|Disconnect)-'
    $writing = $CommandNames | Where-Object { $_ -notin $passing }
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
}

Describe 'The staged module' {
    It 'has a valid manifest, and exports what it says' {
        $manifest = Test-ModuleManifest (Join-Path $ModuleFolder 'XenShared.psd1')
        $manifest.CompatiblePSEditions | Should -Be 'Core'
        $manifest.PowerShellVersion | Should -Be '7.4'
        (Get-Command -Module XenShared).Name | Sort-Object | Should -Be ($CommandNames | Sort-Object)
        (Get-Module XenShared).ExportedAliases.Count | Should -Be 0
        $version = ([xml](Get-Content (Join-Path $RepositoryRoot 'Directory.Build.props'))).Project.PropertyGroup.Version
        "$($manifest.Version)" | Should -Be $version
    }

    It 'holds what it needs and nothing else' {
        $files = Get-ChildItem $ModuleFolder -Recurse -File |
            ForEach-Object { [IO.Path]::GetRelativePath($ModuleFolder, $_.FullName).Replace('\', '/') } |
            Where-Object { $_ -notlike 'README*' }
        $files | Sort-Object | Should -Be (@(
                'LICENSE', 'XenShared.psd1', 'bin/XenShared.PowerShell.dll', 'bin/XenShared.dll', 'bin/XenShared.format.ps1xml',
                    'bin/XenShared.types.ps1xml'
                'en-US/XenShared.PowerShell.dll-Help.xml', 'en-US/about_XenShared.help.txt') | Sort-Object)
    }

    It 'uses approved verbs and nouns of its own' {
        foreach ($name in $CommandNames) {
            $verb, $noun = $name -split '-'
            (Get-Verb).Verb | Should -Contain $verb
            $noun | Should -BeLike 'Xen*'
            $noun | Should -Not -Be 'XenHost' -Because 'the XenServer module has that one'
        }
    }

    It 'imports twice, and after removal again' {
        { Import-Module (Join-Path $ModuleFolder 'XenShared.psd1') -Force; Remove-Module XenShared
            Import-Module (Join-Path $ModuleFolder 'XenShared.psd1') } | Should -Not -Throw
    }

    It 'lets nobody set a property of what it returned' {
        $null = Connect-XenTarget -Simulated -DomainCount 1
        $domain = Get-XenDomain -DomId 1
        { $domain.DomId = 7 } | Should -Throw '*ReadOnly property*'
        ($domain | Get-Member -MemberType Property).Definition -match 'set;' | Should -BeNullOrEmpty
        Get-XenTarget | Disconnect-XenTarget
    }

    It 'offers -WhatIf on every cmdlet that writes, and on no other' {
        foreach ($name in $CommandNames) {
            (Get-Command $name).Parameters.ContainsKey('WhatIf') |
                Should -Be ($name -match '^(Connect|Export|Repair|Send|Set|Undo)-') -Because $name
        }
    }
}

Describe 'The demo of the command line' {
    It 'shows both lines that the README begins with, in PowerShell' {
        $program = Get-ChildItem (Join-Path $RepositoryRoot 'src/XenShared.Cli/bin') -Recurse -Filter XenShared.Cli.dll |
            Where-Object FullName -NotMatch 'linux-x64' | Sort-Object LastWriteTime | Select-Object -Last 1

        $output = dotnet $program demo 2>&1 | Out-String

        $LASTEXITCODE | Should -Be 0
        $output | Should -Match '(?s)PS> Get-XenSharedInfo -DomId 5\s.*DomainName\s+: pv-2l-2vcpu'
        $output | Should -Match '(?s)PS> Get-XenEventChannel \| Where Pending\s.*Domain: 5 \(pv-2l-2vcpu\) on dom0, 2-level channels'
    }
}

Describe 'Scripts' {
    It 'pass PSScriptAnalyzer' {
        if (-not (Get-Module PSScriptAnalyzer -ListAvailable)) { Set-ItResult -Skipped -Because 'PSScriptAnalyzer is not installed' }
        $settings = Join-Path $RepositoryRoot 'PSScriptAnalyzerSettings.psd1'
        $settings | Should -Exist
        $paths = @("$RepositoryRoot/XenShared.psd1", "$RepositoryRoot/build.ps1",
            "$RepositoryRoot/docs/en-US") + (Get-ChildItem $PSScriptRoot -Filter *.ps1).FullName
        $found = $paths | ForEach-Object { Invoke-ScriptAnalyzer $_ -Settings $settings }
        $found | ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName): $($_.Message)" } | Should -BeNullOrEmpty
    }
}

Describe 'Output' {
    It 'comes with -PassThru only from cmdlets that change something: <_>' -ForEach $passing {
        (Get-Command $_).Parameters['PassThru'].ParameterType | Should -Be ([switch])
        (Get-Command $_).OutputType.Name | Should -Not -BeNullOrEmpty
    }

    It 'of other cmdlets needs no -PassThru: <_>' -ForEach $writing {
        (Get-Command $_).Parameters.Keys | Should -Not -Contain 'PassThru'
        (Get-Command $_).OutputType.Name | Should -Not -BeNullOrEmpty
    }

    It 'of Disconnect-XenTarget is the target' {
        $target = Connect-XenTarget -Simulated -DomainCount 0
        Disconnect-XenTarget | Should -BeNullOrEmpty
        $target = Connect-XenTarget -Simulated -DomainCount 0
        (Disconnect-XenTarget -PassThru).Id | Should -Be $target.Id
        $target = Connect-XenTarget -Simulated -DomainCount 0
        (Disconnect-XenTarget -Id $target.Id -PassThru).Id | Should -Be $target.Id
        Get-XenTarget | Should -BeNullOrEmpty
    }
}
