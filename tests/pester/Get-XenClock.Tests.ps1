BeforeAll { . "$PSScriptRoot/Setup.ps1" }

Describe 'Get-XenClock' {
    BeforeAll {
        $null = Connect-XenTarget -Simulated -DomainCount 12
        $all = Get-XenClock
    }

    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'finds the one clock that drifts' {
        $all | Should -HaveCount 13
        $all[0].PSTypeNames[0] | Should -Be 'XenShared.XenClock'
        $fast = $all | Where-Object { [math]::Abs($_.DriftPpm) -gt 1 }
        $fast.DomainName | Should -Be 'sim-hvm-fifo-10'
        $fast.DriftPpm | Should -BeGreaterThan 39.9
        $fast.DriftPpm | Should -BeLessThan 40.1
        $fast.DriftUncertaintyPpm | Should -BeLessThan 0.1
        $fast.Note | Should -Match "guest's own wall clock"
        ($fast | Out-String) | Should -Match "\+40\.00\d $([char]0xb1) 0\.0"
    }

    It 'gives the properties that scripts rely on' {
        $clock = $all | Where-Object DomId -EQ 2
        $clock.TscMode | Should -Be ([XenShared.TscMode]::NeverEmulate)
        $clock.IsEmulated | Should -BeExactly $false
        $clock.TscFrequency | Should -Be 2400000000
        $clock.Incarnation | Should -Be 1
        $clock.WallClockOffset | Should -Be ([timespan]::Zero)
        $clock.IsStable | Should -BeExactly $true
        $clock.Jump.Count | Should -Be 0
        $clock.HostName | Should -Be 'simulated'
        $clock.Vcpu[0].Vcpu | Should -Be 0
        $clock.Vcpu[0].Location | Should -Match '^PFN 0x'
        $clock.Vcpu[0].UpdateCount | Should -BeGreaterThan 5
    }

    It 'compares nothing with the control domain itself' {
        $all[0].DriftPpm | Should -BeNullOrEmpty
        $all[0].TscMode | Should -BeNullOrEmpty
        $all[0].Note | Should -Match 'is the reference'
    }

    It 'does not read modes with -NoPause' {
        $clock = Get-XenClock 2 -NoPause
        $clock.TscMode | Should -BeNullOrEmpty
        $clock.Note | Should -Match 'would pause the domain'
        $clock.DriftPpm | Should -Not -BeNullOrEmpty
    }

    It 'knows no drift of a clock that was read once' {
        $clock = Get-XenClock 2 -SampleSeconds 0
        $clock.DriftPpm | Should -BeNullOrEmpty
        $clock.Jump | Should -BeNullOrEmpty
        $clock.Note | Should -Match 'at least 6 updates .* \(seen: 1\)'
        { Get-XenClock -SampleSeconds -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'shows the jumps in the list of a domain' {
        $clock = $all[2] | ConvertTo-Deserialized
        $clock.Jump = @([pscustomobject]@{ Vcpu = 0; SystemTime = [timespan]'1:02:03'; Nanoseconds = -7000000 })
        $clock | Format-List | Out-String | Should -Match 'Jump\s+: vCPU 0: -7 ms at 01:02:03'
    }
}

Describe 'Get-XenClock of a capture' {
    BeforeAll { $null = Connect-XenTarget -Path (New-TestCapture) }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'returns what the capture contains, and the reasons for the rest' {
        $clock = Get-XenClock -DomId 3
        $clock.TscFrequency | Should -Be 2596150236
        $clock.Jump.Count | Should -Be 0
        $clock.TscMode | Should -BeNullOrEmpty
        $clock.DriftPpm | Should -BeNullOrEmpty
        $clock.Note | Should -Match 'TscMode, Incarnation: the data source does not contain it'
        $clock.Note | Should -Match 'DriftPpm, DriftUncertaintyPpm: at least 6 updates of its record are needed \(seen: 3\)'
    }
}
