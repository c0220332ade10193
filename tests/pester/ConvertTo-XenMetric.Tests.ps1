BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
    $everything = @(
        Get-XenDomain
        Get-XenEventChannel -WarningAction SilentlyContinue
        Get-XenSharedInfo -ErrorAction SilentlyContinue
        Get-XenVcpuInfo -ErrorAction SilentlyContinue
    )

    # The cost is another one each time.
    function Select-Sample { $input -notmatch '^xenshared_scan_' }
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'ConvertTo-XenMetric' {
    It 'writes counts by domain and kind' {
        $lines = Get-XenEventChannel -DomId 5 | ConvertTo-XenMetric
        $lines[0] | Should -BeExactly '# HELP xenshared_event_channels Event channels that are in use, by kind'
        $lines | Should -Contain 'xenshared_event_channels_pending{host="xen-test",domid="5",domain="web01",kind="virtual_irq"} 1'
        $lines | Should -Contain 'xenshared_event_channels_masked{host="xen-test",domid="5",domain="web01",kind="ipi"} 1'
        $lines | Should -Contain 'xenshared_event_channels_unknown{host="xen-test",domid="5",domain="web01",kind="hidden"} 1'
        $lines[-1] | Should -BeExactly '# EOF'
    }

    It 'has no zero where nothing is known' {
        $lines = Get-XenEventChannel -DomId 0 -WarningAction SilentlyContinue | ConvertTo-XenMetric
        $lines | Should -Contain 'xenshared_event_channels_unknown{host="xen-test",domid="0",domain="Domain-0",kind="ipi"} 1'
        $lines -match '_pending' | Should -BeNullOrEmpty
    }

    It 'takes everything in any order, twice, and from other processes' {
        $lines = $everything | ConvertTo-XenMetric | Select-Sample
        [array]::Reverse(($back = $everything + $everything))
        $back | ConvertTo-XenMetric | Select-Sample | Should -Be $lines
        $everything | ConvertTo-Deserialized | ConvertTo-XenMetric | Select-Sample | Should -Be $lines
        $lines | Should -Contain ('xenshared_domain_wall_clock_offset_seconds{host="xen-test",domid="5",domain="web01",' +
            'uuid="7f367745-8f90-4f6d-9213-000000000005"} 0')
        $lines | Should -Contain ('xenshared_vcpu_record_live{host="xen-test",domid="3",domain="grub64",' +
            'uuid="7f367745-8f90-4f6d-9213-000000000003",vcpu="0"} 1')
    }

    It 'writes the states of devices and the clocks of vCPUs, of this host and of deserialized objects' {
        $simulated = Connect-XenTarget -Simulated -DomainCount 4
        $objects = @(Get-XenDevice -Target $simulated; Get-XenClock -Target $simulated)
        $lines = $objects | ConvertTo-XenMetric | Select-Sample
        $lines -match '^xenshared_device_state\{.*device="vif".*end="frontend",state="connected"\} 1$' | Should -Not -BeNullOrEmpty
        $lines -match '^xenshared_vcpu_clock_drift_ppm\{' | Should -Not -BeNullOrEmpty
        $objects | ConvertTo-Deserialized | ConvertTo-XenMetric | Select-Sample | Should -Be $lines
        Disconnect-XenTarget -Target $simulated
    }

    It 'tells what it cost' {
        (Get-XenDomain | ConvertTo-XenMetric) -match '^xenshared_scan_duration_seconds \d' | Should -HaveCount 1
    }

    It 'takes the rest when something else is among it' {
        $lines = & { 'text'; Get-XenDomain -DomId 5; $null } | ConvertTo-XenMetric -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'InputNotSupported,XenShared.PowerShell.Commands.ConvertToXenMetricCommand'
        $lines | Should -Contain ('xenshared_domain_vcpus{host="xen-test",domid="5",domain="web01",' +
            'uuid="7f367745-8f90-4f6d-9213-000000000005"} 2')
        $null | ConvertTo-XenMetric | Where-Object { $_ -notmatch 'scan_duration' } | Should -Be '# EOF'
    }

    It 'is accepted by promtool' {
        if (-not (Get-Command promtool -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'promtool (Debian package prometheus) is not on PATH'
        }
        $said = $everything | ConvertTo-XenMetric | promtool check metrics 2>&1
        $LASTEXITCODE | Should -Be 0
        $said | Should -BeNullOrEmpty
    }
}
