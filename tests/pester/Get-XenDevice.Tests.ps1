BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
    $capture = Save-Capture (Join-Path $TestDrive 'devices.xencap') @(
        New-DomainLine 5 'web01'
        New-PortsLine 5 @{ port = 9; state = 'Interdomain'; remoteDomid = 0; remotePort = 40 },
            @{ port = 10; state = 'Interdomain'; remoteDomid = 0; remotePort = 41 },
            @{ port = 11; state = 'Interdomain'; remoteDomid = 0; remotePort = 42 }, @{ port = 12; state = 'Ipi' }
        New-DevicesLine 5 @(
            New-Device console 0 @{ state = 'x' } @{ state = '1' }
            New-Device vbd 51712 @{ 'event-channel' = '9'; 'ring-ref' = '8' } @{ 'hotplug-status' = 'connected' }
            New-Device vif 0 @{ 'event-channel-tx' = '10'; 'event-channel-rx' = '11' } @{ state = '2'; 'hotplug-status' = 'error' } @{
                hotplugError = '/etc/xen/scripts/vif-bridge failed; error detected.' }
        )
        New-DomainLine 6 'db01'
    )
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Get-XenDevice' {
    It 'gives the properties that runbooks rely on' {
        $console, $disk, $network = Get-XenDevice -Path $capture -DomId 5
        $disk.PSTypeNames[0] | Should -Be 'XenShared.XenDevice'
        $disk.DomId | Should -Be 5
        $disk.DomainName | Should -Be 'web01'
        $disk.Kind | Should -BeExactly 'vbd'
        $disk.Id | Should -BeExactly '51712'
        $disk.BackendDomId | Should -BeExactly 0
        $disk.BackendKind | Should -BeExactly 'vbd'
        "$($disk.FrontendState)" | Should -BeExactly 'Connected'
        "$($disk.BackendState)" | Should -BeExactly 'Connected'
        $disk.HotplugStatus | Should -BeExactly 'connected'
        $disk.Error | Should -BeNullOrEmpty
        $disk.Port | Should -BeOfType [uint32]
        $disk.Port | Should -Be 9
        $disk.RingReference | Should -Be 8
        $disk.HostName | Should -Be 'xen-test'
        "$($network.BackendState)" | Should -BeExactly 'InitWait'
        $network.Port | Should -Be 10, 11
        $network.Error | Should -BeExactly 'hotplug: /etc/xen/scripts/vif-bridge failed; error detected.'
        $console.FrontendState | Should -BeNullOrEmpty
        "$($console.BackendState)" | Should -BeExactly 'Initialising'
    }

    It 'takes kinds and ports' {
        (Get-XenDevice -DomId 5 -Path $capture -Kind VIF, pci).Kind | Should -Be 'vif'
        (Get-XenDevice -DomId 5 -Path $capture -Port 9, 12).Kind | Should -Be 'vbd'
        Get-XenDevice -DomId 5 -Path $capture -Port 12 | Should -BeNullOrEmpty
        { Get-XenDevice -Kind '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Get-XenDevice -Port @() } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Get-XenDevice -Port '' } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
    }

    It 'takes a name at position 0' {
        (Get-XenDevice web01).Kind | Should -Be 'vbd', 'vif'
        (Get-XenDevice web* -Kind vif -ErrorAction Ignore).DomId | Should -Be 5
    }

    It 'gives the channels of its ports, and none for a device without ports' {
        $target = Connect-XenTarget -Path $capture
        try {
            (Get-XenDevice web01 | Get-XenEventChannel -WarningAction Ignore).Port | Should -Be 9, 10, 11
            (Get-XenDevice web01 -Kind vif | Get-XenEventChannel -WarningAction Ignore).Port | Should -Be 10, 11
            $console = Get-XenDevice web01 -Kind console
            $console.Port.Count | Should -Be 0
            $console | Get-XenEventChannel -WarningAction Ignore -ErrorAction Stop | Should -BeNullOrEmpty
            $console | ConvertTo-Deserialized | Get-XenEventChannel -WarningAction Ignore -ErrorAction Stop | Should -BeNullOrEmpty
            $console | Get-XenDevice -ErrorAction Stop | Should -BeNullOrEmpty
            (Get-XenDevice web01 -Kind vif | ConvertTo-Deserialized | Get-XenEventChannel -WarningAction Ignore).Port | Should -Be 10, 11
        }
        finally { Disconnect-XenTarget $target }
    }

    It 'gives the device of a channel' {
        $target = Connect-XenTarget -Path $capture
        try {
            (Get-XenEventChannel web01 -Port 11 -WarningAction Ignore | Get-XenDevice).Kind | Should -Be 'vif'
            Get-XenEventChannel web01 -Port 12 -WarningAction Ignore | Get-XenDevice | Should -BeNullOrEmpty
            (Get-XenEventChannel web01 -WarningAction Ignore | Get-XenDevice).Kind | Should -Be 'vbd', 'vif', 'vif'
        }
        finally { Disconnect-XenTarget $target }
    }

    It 'reports a domain whose devices are not known, and goes on' {
        (Get-XenDevice -Path $capture -ErrorVariable failed -ErrorAction SilentlyContinue).Count | Should -Be 3
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'NotSupportedByHost,XenShared.PowerShell.Commands.GetXenDeviceCommand'
        "$($failed[0])" | Should -Match 'does not contain the devices of domain 6'
        $failed[0].TargetObject | Should -Be 6
    }

    It 'reads the simulated host' {
        $target = Connect-XenTarget -Simulated -DomainCount 2
        try {
            $devices = Get-XenDevice
            ($devices | Group-Object DomId).Name | Should -Be '1', '2'
            $devices | ForEach-Object { ($_ | Get-XenEventChannel).Count | Should -Be $_.Port.Count }
        }
        finally { Disconnect-XenTarget $target }
    }

    It 'says more in the list than in the table' {
        $list = Get-XenDevice -Path $capture -DomId 5 -Kind vif | Format-List | Out-String -Width 100
        $list | Should -Match 'Error +: hotplug: /etc/xen/scripts/vif-bridge failed'
        $list | Should -Match 'RingReference : none'
        (Get-XenDevice -Path $capture -DomId 5 | Out-String -Width 80) | Should -Match 'vif +0 +0 Connected +InitWait +error +10-11'
    }
}
