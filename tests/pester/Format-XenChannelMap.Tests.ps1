BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
    $rendering = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = 'PlainText'
    $rest = ' ........' * 7
}

AfterAll {
    $PSStyle.OutputRendering = $rendering
    Get-XenTarget | Disconnect-XenTarget
}

Describe 'Format-XenChannelMap' {
    It 'draws a letter for each port' {
        $view = Get-XenEventChannel -DomId 5 | Format-XenChannelMap | Get-View
        $view | Should -Contain 'Domain: 5 (web01) on xen-test, 2-level channels'
        $view | Should -Contain "     0  .ooPMoo?$rest"
        $view | Should -Contain '7 in use: 1 pending, 1 masked, 1 not known'
        $view -match '^o quiet' | Should -HaveCount 1
        $view.Where{ $_.Length -gt 80 } | Should -BeNullOrEmpty
    }

    It 'draws a map for each domain, in their order' {
        (Get-XenEventChannel -WarningAction SilentlyContinue | Format-XenChannelMap).DomId | Should -Be 0, 3, 5, 6, 7, 8
    }

    It 'does not say that nothing is pending where nothing is known' {
        $map = Get-XenEventChannel -DomId 0 -WarningAction SilentlyContinue | Format-XenChannelMap
        $map.Pending | Should -Be $null
        $map.Unknown | Should -Be 2
        $map | Get-View | Should -Contain '2 in use: ? pending, ? masked, 2 not known'
    }

    It 'leaves out rows without channels, and takes ports in any order' {
        $file = Save-Capture "$TestDrive/wide.xencap" @(
            New-DomainLine 9 'wide'
            New-Sample 9 (New-Page -Bound 3, 700 -Pending 700)
            New-PortsLine 9 @{ port = 3; state = 'VirtualIrq'; irq = 0 }, @{ port = 700; state = 'Ipi' } -ValidPorts 1024
        )
        $target = Connect-XenTarget -Path $file
        try {
            $channels = Get-XenEventChannel -Target $target
            [array]::Reverse($channels)
            $map = $channels | Format-XenChannelMap
            @($map.Row).Count | Should -Be 2
            $map.Row[1] | Should -BeExactly "   640  $('........ ' * 7)....P..."
            "$map" -split '\r?\n' | Should -Be $map.Row
        }
        finally { Disconnect-XenTarget $target }
    }

    It 'shows the same of deserialised channels and maps' {
        $view = Get-XenEventChannel -DomId 5 | Format-XenChannelMap | Get-View
        Get-XenEventChannel -DomId 5 | ConvertTo-Deserialized | Format-XenChannelMap | Get-View | Should -Be $view
        Get-XenEventChannel -DomId 5 | Format-XenChannelMap | ConvertTo-Deserialized | Get-View | Should -Be $view
    }

    It 'has colours that say nothing which the letters do not, and none where output has none' {
        $plain = Get-XenEventChannel -DomId 5 | Format-XenChannelMap | Get-View
        $PSStyle.OutputRendering = 'Ansi'
        try { $coloured = Get-XenEventChannel -DomId 5 | Format-XenChannelMap | Get-View }
        finally { $PSStyle.OutputRendering = 'PlainText' }
        "$coloured" | Should -Match '\e\[33mP\e\[0m'
        $coloured -replace '\e\[[\d;]*m' | Should -Be $plain
        "$plain" | Should -Not -Match '\e'
        $said = Invoke-Within 60 ("`$null = Connect-XenTarget -Path '$TestDrive/host.xencap'; " +
            'Get-XenEventChannel -DomId 5 | Format-XenChannelMap') @{ NO_COLOR = '1' }
        $said | Should -Match 'ooPMoo'
        $said | Should -Not -Match '\e'
    }

    It 'takes the rest when something else is among it' {
        $maps = & { Get-XenDomain -DomId 5; Get-XenEventChannel -DomId 5; $null } |
            Format-XenChannelMap -ErrorVariable failed -ErrorAction SilentlyContinue
        $maps | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'InputNotSupported,XenShared.PowerShell.Commands.FormatXenChannelMapCommand'
    }
}
