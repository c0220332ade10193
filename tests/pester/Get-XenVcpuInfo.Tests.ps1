BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Get-XenVcpuInfo' {
    It 'tells a live record from a frozen one' {
        $live = Get-XenVcpuInfo -DomId 3
        $live.PSTypeNames[0] | Should -Be 'XenShared.XenVcpuInfo'
        $live.IsLive | Should -BeExactly $true
        $live.LiveEvidence | Should -Match 'changed'
        $stale = Get-XenVcpuInfo -DomId 5 -Vcpu 0
        $stale.IsLive | Should -BeExactly $false
        $stale.LiveEvidence | Should -Not -BeNullOrEmpty
    }

    It 'gives the properties that runbooks rely on' {
        $vcpu = Get-XenVcpuInfo -DomId 3
        $vcpu.Vcpu | Should -Be 0
        $vcpu.UpcallPending | Should -BeExactly $true
        $vcpu.UpcallMask | Should -BeExactly $false
        $vcpu.PendingSelector | Should -BeOfType [uint64]
        $vcpu.Cr2 | Should -BeOfType [uint64]
        $vcpu.Time.Version | Should -Be 104
        $vcpu.Time.TscTimestamp | Should -Be 0x247aa256a3
        $vcpu.Time.SystemTime | Should -BeOfType [timespan]
        $vcpu.Time.TscShift | Should -Be -1
        $vcpu.Time.TscFrequency | Should -Be 2596150236
        $vcpu.Location | Should -BeExactly 'page+0x0'
        "$($vcpu.Source)" | Should -BeExactly 'SharedPage'
        $vcpu.DomainName | Should -Be 'grub64'
    }

    It 'takes vCPUs by number' {
        (Get-XenVcpuInfo -DomId 5).Vcpu | Should -Be 0, 1
        (Get-XenVcpuInfo -DomId 5 -Vcpu 1).Vcpu | Should -Be 1
        (Get-XenVcpuInfo -Vcpu 1 -ErrorAction SilentlyContinue).DomId | Should -Be 5
        { Get-XenVcpuInfo -Vcpu -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'does not wait for a capture' {
        (Measure-Command { Get-XenVcpuInfo -DomId 5 -SampleSeconds 60 }).TotalSeconds | Should -BeLessThan 5
    }

    It 'reports a page that is not mapped, and goes on' {
        (Get-XenVcpuInfo -DomId 7, 3 -ErrorVariable failed -ErrorAction SilentlyContinue).DomId | Should -Be 3
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'SharedInfoNotMapped,XenShared.PowerShell.Commands.GetXenVcpuInfoCommand'
    }
}
