BeforeDiscovery {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $commands = (Import-PowerShellDataFile "$root/XenShared.psd1").CmdletsToExport
    $hasPlatyPS = [bool](Get-Module Microsoft.PowerShell.PlatyPS -ListAvailable)
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $docs = Join-Path $RepositoryRoot 'docs/en-US'
    $common = [Management.Automation.PSCmdlet]::CommonParameters
}

Describe 'Help' {
    It 'of <_> is found by Get-Help, with examples' -ForEach $commands {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -Match '^\s*$|^\s*Get-|^\s*\S+-Xen'
        "$($help.Description.Text)".Length | Should -BeGreaterThan 100
        @($help.Examples.Example).Count | Should -BeGreaterThan 0
        $help.Examples.Example.ForEach{ $_.Code } | Should -Match ([regex]::Escape($_))
        "$($help | Out-String)" | Should -Not -Match '```|\x80|\{\{'
    }

    It 'of <_> describes every parameter' -ForEach $commands {
        $help = Get-Help $_ -Full
        $real = (Get-Command $_).Parameters.Values | Where-Object Name -NotIn $common
        foreach ($parameter in $real | Where-Object Name -NotIn WhatIf, Confirm) {
            $text = $help.parameters.parameter | Where-Object name -EQ $parameter.Name
            "$($text.Description.Text)" | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) needs words"
        }
    }

    It 'of <_> has the parameters, sets, aliases and positions that the cmdlet has' -ForEach $commands {
        $command = Get-Command $_
        $lines = Get-Content (Join-Path $docs "$_.md")
        $found = @{}
        $name = $set = $null
        foreach ($line in $lines) {
            switch -Regex ($line) {
                '^### -(\w+)' { $name = $Matches[1]; $found[$name] = @{ Sets = @{}; Aliases = @() }; $inAliases = $false }
                '^## (?!PARAMETERS)' { $name = $null }
                '^SupportsWildcards: (\w+)' { if ($name) { $found[$name].Wildcards = $Matches[1] -eq 'true' } }
                '^Aliases:' { $inAliases = $true }
                '^ParameterSets:' { $inAliases = $false }
                '^- Name: (.+)$' { $set = $Matches[1]; $found[$name].Sets[$set] = @{} }
                '^- ([\w-]+)$' { if ($name -and $inAliases) { $found[$name].Aliases += $Matches[1] } }
                '^  (Position|IsRequired|ValueFromPipeline|ValueFromPipelineByPropertyName): (.+)$' {
                    $found[$name].Sets[$set][$Matches[1]] = $Matches[2]
                }
            }
        }
        $real = $command.Parameters.Values | Where-Object Name -NotIn $common
        $found.Keys | Sort-Object | Should -Be ($real.Name | Sort-Object)
        foreach ($parameter in $real) {
            $said = $found[$parameter.Name]
            $why = "the help of -$($parameter.Name) must say what is so"
            $said.Aliases | Sort-Object | Should -Be ($parameter.Aliases | Sort-Object) -Because $why
            $isWild = [bool]($parameter.Attributes | Where-Object { $_ -is [Management.Automation.SupportsWildcardsAttribute] })
            $said.Wildcards | Should -Be $isWild -Because $why
            $sets = $parameter.ParameterSets.Keys | ForEach-Object { $_ -eq '__AllParameterSets' ? '(All)' : $_ }
            $said.Sets.Keys | Sort-Object | Should -Be ($sets | Sort-Object) -Because $why
            foreach ($one in $parameter.ParameterSets.GetEnumerator()) {
                $text = $said.Sets[$one.Key -eq '__AllParameterSets' ? '(All)' : $one.Key]
                $text.IsRequired | Should -Be "$($one.Value.IsMandatory)".ToLower() -Because $why
                $text.Position | Should -Be ($one.Value.Position -lt 0 ? 'Named' : "$($one.Value.Position)") -Because $why
                $text.ValueFromPipeline | Should -Be "$($one.Value.ValueFromPipeline)".ToLower() -Because $why
                $text.ValueFromPipelineByPropertyName | Should -Be "$($one.Value.ValueFromPipelineByPropertyName)".ToLower() -Because $why
            }
        }
    }

    It 'of <_> shows the syntax that the cmdlet has' -ForEach $commands {
        $plain = { param($text) ($text -replace '\[<CommonParameters>\]' -replace '\s+', ' ').Trim() }
        $section = ((Get-Content -Raw (Join-Path $docs "$_.md")) -split '(?m)^## ').Where{ $_ -match '^SYNTAX' }
        $said = [regex]::Matches($section, '(?s)```\r?\n(.*?)```').ForEach{ & $plain $_.Groups[1].Value }
        $real = (Get-Command $_ -Syntax) -split '\r?\n\r?\n' | ForEach-Object { & $plain $_ } | Where-Object { $_ }
        $said | Sort-Object | Should -Be ($real | Sort-Object)
    }

    It 'has a page for each cmdlet and no other' {
        (Get-ChildItem $docs -Filter *-Xen*.md).BaseName | Sort-Object | Should -Be ($CommandNames | Sort-Object)
    }

    It 'names each error id in the about topic' {
        $topic = Get-Help about_XenShared | Out-String
        $topic | Should -Match 'SHORT DESCRIPTION'
        foreach ($id in Select-String -Path "$PSScriptRoot/*.Tests.ps1" -Pattern "'(\w+),XenShared\.PowerShell" -AllMatches |
            ForEach-Object { $_.Matches.ForEach{ $_.Groups[1].Value } } | Sort-Object -Unique) {
            $topic | Should -Match "\b$id\b"
        }
        ($topic -split '\r?\n').Where{ $_.Length -gt 80 } | Should -BeNullOrEmpty
    }

    It 'names output types that are true' {
        $null = Connect-XenTarget -Path (New-TestCapture)
        try {
            foreach ($name in 'Get-XenDomain', 'Get-XenSharedInfo', 'Get-XenVcpuInfo', 'Get-XenClock', 'Get-XenEventChannel',
                'Get-XenTarget') {
                $type = (Get-Command $name).OutputType.Name
                & $name -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | ForEach-Object { $_.GetType().FullName } |
                    Select-Object -Unique | Should -Be $type
                (Get-Help $name).returnValues.returnValue.type.name | Should -Be $type
            }
        }
        finally { Get-XenTarget | Disconnect-XenTarget }
    }

    It 'that is built in is the help that the markdown makes' {
        if (-not $hasPlatyPS -and
             -not (Get-Module Microsoft.PowerShell.PlatyPS -ListAvailable)) {
                 Set-ItResult -Skipped -Because 'Microsoft.PowerShell.PlatyPS is not installed'
             }
        # A process of its own: PlatyPS brings assemblies along.
        pwsh -NoProfile -NonInteractive -File "$docs/Build-Help.ps1" -Destination "$TestDrive/help"
        $LASTEXITCODE | Should -Be 0
        foreach ($file in Get-ChildItem "$TestDrive/help") {
            $built = Join-Path $RepositoryRoot "src/XenShared.PowerShell/en-US/$($file.Name)"
            Get-Content -Raw $built | Should -BeExactly (Get-Content -Raw $file) -Because './build.ps1 -Task Docs makes it anew'
            Get-Content -Raw (Join-Path $ModuleFolder "en-US/$($file.Name)") | Should -BeExactly (Get-Content -Raw $file)
        }
    }
}
