BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Get-XenEventChannel' {
    It 'lists what is pending (the line of the readme)' {
        $pending = Get-XenEventChannel -WarningAction SilentlyContinue | Where Pending
        $pending.ForEach{ "$($_.DomId):$($_.Port)" } | Should -Be '3:1', '3:2', '5:3'
        $pending[0].PSTypeNames[0] | Should -Be 'XenShared.XenEventChannel'
        $pending.Pending | Should -BeOfType [bool]
    }

    It 'gives the properties that runbooks rely on' {
        $channel = Get-XenEventChannel -DomId 5 -Port 1
        $channel.DomId | Should -Be 5
        $channel.DomainName | Should -Be 'web01'
        $channel.Port | Should -BeOfType [uint32]
        "$($channel.State)" | Should -BeExactly 'Interdomain'
        $channel.Vcpu | Should -Be 0
        $channel.Pending | Should -BeExactly $false
        $channel.Masked | Should -BeExactly $false
        $channel.RemoteDomId | Should -Be 0
        $channel.RemotePort | Should -Be 34
        $channel.Device | Should -Be 'xenstore'
        "$($channel.EventAbi)" | Should -BeExactly 'TwoLevel'
        "$($channel.Source)" | Should -BeExactly 'SharedPage'
        $channel.HostName | Should -Be 'xen-test'
        "$((Get-XenEventChannel -DomId 5 -Port 3).Virq)" | Should -BeExactly 'Timer'
        (Get-XenEventChannel -DomId 5 -Port 6).Pirq | Should -Be 9
    }

    It 'leaves pending and masked null for a FIFO guest, and says why' {
        $channels = Get-XenEventChannel -DomId 0 -WarningVariable warned -WarningAction SilentlyContinue
        $channels | Should -HaveCount 2
        foreach ($channel in $channels) {
            $null -eq $channel.Pending | Should -BeTrue
            $null -eq $channel.Masked | Should -BeTrue
            $channel.StateNote | Should -Match 'FIFO'
        }
        $warned | Should -HaveCount 1
        "$warned" | Should -Match 'Domain 0 \(Domain-0\).*FIFO'
    }

    It 'warns once for each domain and pipeline' {
        $null = Get-XenEventChannel -DomId 0, 5, 8 -WarningVariable warned -WarningAction SilentlyContinue
        $warned | Should -HaveCount 2
        $null = 0, 0, 8, 0 | Get-XenEventChannel -WarningVariable again -WarningAction SilentlyContinue
        $again | Should -HaveCount 2
    }

    It 'filters by port, closed ones too' {
        (Get-XenEventChannel -DomId 5 -Port 3, 1).Port | Should -Be 1, 3
        "$((Get-XenEventChannel -DomId 5 -Port 40).State)" | Should -BeExactly 'Closed'
    }

    It 'filters by state' {
        (Get-XenEventChannel -DomId 5 -State Interdomain, Ipi).Port | Should -Be 1, 2, 4
        (Get-XenEventChannel -DomId 5 -State Unbound).RemoteDomId | Should -Be 0
        Get-XenEventChannel -DomId 5 -State Closed | Should -HaveCount 57
    }

    It 'filters by -Pending, -Masked and -Unknown as Where does' {
        $all = Get-XenEventChannel -WarningAction SilentlyContinue
        (Get-XenEventChannel -Pending -WarningAction SilentlyContinue).Port | Should -Be ($all | Where-Object Pending).Port
        (Get-XenEventChannel -Masked -WarningAction SilentlyContinue).Port | Should -Be ($all | Where-Object Masked).Port
        (Get-XenEventChannel -Unknown -WarningAction SilentlyContinue).Port |
            Should -Be ($all | Where-Object { $null -eq $_.Pending -or $null -eq $_.Masked }).Port
        (Get-XenEventChannel -DomId 5 -Masked).Port | Should -Be 4
        (Get-XenEventChannel -DomId 5 -Unknown).Port | Should -Be 7
    }

    It 'leaves closed ports out unless -IncludeClosed' {
        Get-XenEventChannel -DomId 5 | Should -HaveCount 7
        Get-XenEventChannel -DomId 5 -IncludeClosed | Should -HaveCount 64
    }

    It 'shows a port of which Xen does not tell the state' {
        $hidden = Get-XenEventChannel -DomId 5 -Port 7
        $null -eq $hidden.State | Should -BeTrue
        $hidden.StateNote | Should -Match 'does not report'
    }

    It 'reads the same channels again from the pipeline' {
        $again = Get-XenEventChannel -Pending -WarningAction SilentlyContinue | Get-XenEventChannel
        $again.ForEach{ "$($_.DomId):$($_.Port)" } | Should -Be '3:1', '3:2', '5:3'
    }

    It 'reports a port that the domain does not have, and goes on' {
        $found = Get-XenEventChannel -DomId 5 -Port 64, 3 -ErrorVariable failed -ErrorAction SilentlyContinue
        $found.Port | Should -Be 3
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'EventChannelNotFound,XenShared.PowerShell.Commands.GetXenEventChannelCommand'
        $failed[0].TargetObject | Should -Be 64
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'Get-XenEventChannel -DomId 5'
    }

    It 'reports a domain whose ports cannot be read, and goes on' {
        $part = Save-Capture "$TestDrive/part.xencap" @(
            New-DomainLine 4 'gone'
            New-ErrorLine 4 -Part ports -Id DomainVanished
            New-DomainLine 5 'here'
            New-Sample 5 (New-Page -Bound 1)
            New-PortsLine 5 @{ port = 1; state = 'Ipi' })
        $target = Connect-XenTarget -Path $part
        (Get-XenEventChannel -Target $target -ErrorVariable failed -ErrorAction SilentlyContinue).DomId | Should -Be 5
        Disconnect-XenTarget $target
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'DomainVanished,XenShared.PowerShell.Commands.GetXenEventChannelCommand'
    }
}

Describe 'Captures in the repository' {
    It 'answer every question without an unexpected error' {
        $files = Get-ChildItem $RepositoryRoot -Recurse -Filter *.xencap -File |
            Where-Object FullName -NotMatch '[\\/](bin|obj|artifacts)[\\/]'
        if (-not $files) { Set-ItResult -Skipped -Because 'the repository holds no capture' }
        foreach ($file in $files) {
            $target = $file | Connect-XenTarget
            Get-XenDomain -Target $target -ErrorAction Stop | Should -Not -BeNullOrEmpty
            $failed = $null
            $null = Get-XenSharedInfo -Target $target -ErrorAction SilentlyContinue -ErrorVariable +failed
            $null = Get-XenVcpuInfo -Target $target -WarningAction SilentlyContinue `
                -ErrorAction SilentlyContinue -ErrorVariable +failed
            $channels = Get-XenEventChannel -Target $target -WarningAction SilentlyContinue `
                -ErrorAction SilentlyContinue -ErrorVariable +failed
            $channels | Should -Not -BeNullOrEmpty
            foreach ($one in $failed) { $one.FullyQualifiedErrorId |
                Should -Match '^(SharedInfo(NotMapped|OfOwnDomain|Unstable)|LayoutUnknown|DomainVanished),' }
            foreach ($channel in $channels | Where-Object { $null -eq $_.Source }) { $null -eq $channel.Pending | Should -BeTrue }
            Disconnect-XenTarget $target
        }
    }
}
