BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Simulated -DomainCount 8 -Seed 3
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Get-XenP2M' {
    It 'shows which machine frame stands behind a frame, and which has none' {
        $entries = Get-XenP2M -DomId 1 -Pfn 0, 0x100000
        $entries[0].PSTypeNames[0] | Should -Be 'XenShared.XenP2mEntry'
        $entries[0].State | Should -Be 'Mapped'
        $entries[0].Mfn | Should -BeGreaterThan 0
        $entries[1].State | Should -Be 'Missing'
        $null -eq $entries[1].Mfn | Should -BeTrue
        @(Get-XenP2M -DomId 1 | Where-Object State -EQ Mapped).Count | Should -BeGreaterThan 1
    }

    It 'shows frames in hexadecimal' {
        (Get-XenP2M -DomId 1 -Pfn 1 | Out-String) -split "`n" -match '^ +0x1 ' | Should -Match '0x1 +0x[0-9a-f]+ Mapped'
    }

    It 'says of a guest whose frames Xen translates that it has no such table, and goes on' {
        $entries = Get-XenP2M -DomId 5, 1 -Pfn 0 -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'NotSupportedByHost,XenShared.PowerShell.Commands.GetXenP2MCommand'
        $failed[0].TargetObject | Should -Be 5
        $entries.DomId | Should -Be 1
    }
}

Describe 'Where the state of channels is asked for' {
    It 'takes the page of two-level guests and the memory of FIFO guests' {
        (Get-XenEventChannel -DomId 1).Source | Select-Object -Unique | Should -Be 'SharedPage'
        (Get-XenEventChannel -DomId 2).Source | Select-Object -Unique | Should -Be 'GuestMemory'
        (Get-XenEventChannel -DomId 2).IsLive | Select-Object -Unique | Should -BeTrue
        (Get-XenVcpuInfo -DomId 2).Source | Select-Object -Unique | Should -Be 'GuestMemory'
    }

    It 'leaves out what only memory tells when the page alone is asked for' {
        $channels = Get-XenEventChannel -DomId 2 -Source SharedPage -WarningVariable warned -WarningAction SilentlyContinue
        $channels | Where-Object { $null -ne $_.Pending } | Should -BeNullOrEmpty
        "$warned" | Should -Match 'in guest memory'
        (Get-XenVcpuInfo -DomId 2 -Source SharedPage).Source | Select-Object -Unique | Should -Be 'SharedPage'
    }

    It 'says that a target without a hypervisor cannot ask one' {
        $null = Get-XenEventChannel -DomId 1 -Source Hypervisor -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -Match 'cannot read from Xen'
    }

    It 'does not press the key that disturbs guests for vCPU records' {
        { Get-XenVcpuInfo -DomId 1 -Source Hypervisor } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}
