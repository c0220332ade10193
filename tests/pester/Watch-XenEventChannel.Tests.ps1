BeforeAll { . "$PSScriptRoot/Setup.ps1" }

Describe 'Watch-XenEventChannel' {
    BeforeEach { $null = Connect-XenTarget -Simulated -DomainCount 30 }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'writes what changes' {
        $changes = Watch-XenEventChannel -DomId 19 -Count 20 -IntervalMilliseconds 1
        $changes.Count | Should -BeGreaterThan 1
        $changes[0].PSTypeNames[0] | Should -BeExactly 'XenShared.XenEventChannelChange'
        $changes | ForEach-Object { $_.DomId | Should -Be 19; $_.Port | Should -Be 3; $_.Property | Should -BeExactly 'Pending' }
        $changes[0].Before | Should -BeOfType bool
        $changes[0].After | Should -Be (-not $changes[0].Before)
        $changes[0].HostName | Should -BeExactly 'simulated'
    }

    It 'shows the traffic of the simulated host in two looks, as the guide says it: <Arguments>' -ForEach @(
        @{ Arguments = @{ } }
        @{ Arguments = @{ DomId = 5 } }
    ) {
        $changes = Watch-XenEventChannel @Arguments -Count 2 -IntervalMilliseconds 1 -WarningAction SilentlyContinue
        $changes | Where-Object { $_.DomId -eq 5 -and $_.Device -ceq 'vif0' -and $_.Property -ceq 'Pending' } | Should -Not -BeNullOrEmpty
    }

    It 'sees what the pipeline behind it does' {
        $changes = Watch-XenEventChannel -DomId 19 -Count 20 -IntervalMilliseconds 1 | ForEach-Object {
            if ($_.Port -eq 3) { Set-XenEventChannel -DomId 19 -Port 2 -Masked $true -Confirm:$false }
            $_
        }
        $seen = @($changes | Where-Object Port -EQ 2)
        $seen | Should -HaveCount 1
        $seen[0].Property | Should -BeExactly 'Masked'
        $seen[0].After | Should -BeTrue
    }

    It 'takes channels from the pipeline, and watches these alone' {
        Get-XenEventChannel -DomId 19 | Where-Object Device | Watch-XenEventChannel -Count 20 -IntervalMilliseconds 1 |
            Should -BeNullOrEmpty
        (Get-XenEventChannel -DomId 19 -Port 3 | Watch-XenEventChannel -Count 20 -IntervalMilliseconds 1).Count | Should -BeGreaterThan 1
    }

    It 'ends after its duration' {
        Watch-XenEventChannel -DomId 1 -Duration 0:00:00.05 -IntervalMilliseconds 10 | Should -BeNullOrEmpty
    }

    It 'warns once, however often it looks' {
        Watch-XenEventChannel -DomId 0 -Count 5 -IntervalMilliseconds 1 -WarningVariable warned -WarningAction SilentlyContinue |
            Should -BeNullOrEmpty
        $warned | Should -HaveCount 1
    }

    It 'does not watch a capture' {
        Watch-XenEventChannel -Target (Connect-XenTarget -Path (New-TestCapture)) -Count 1 `
            -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'NotSupportedByHost,XenShared.PowerShell.Commands.WatchXenEventChannelCommand'
    }

    It 'is stopped while it waits' {
        $shell = [powershell]::Create().AddScript("Import-Module '$ModuleFolder'; " +
            '$null = Connect-XenTarget -Simulated -DomainCount 1; Watch-XenEventChannel -DomId 1 -IntervalMilliseconds 3600000')
        $null = $shell.BeginInvoke()
        while ($shell.InvocationStateInfo.State -ne 'Running') { Start-Sleep -Milliseconds 10 }
        Start-Sleep -Milliseconds 500
        # An hour is not waited for.
        $shell.Stop()
        "$($shell.InvocationStateInfo.State)" | Should -BeExactly 'Stopped'
        $shell.Dispose()
    }

    It 'fits 80 columns' {
        $view = Watch-XenEventChannel -DomId 19 -Count 8 -IntervalMilliseconds 1 | Get-View
        $view | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual 80
        ($view -join "`n") | Should -Match '\d\d:\d\d:\d\d\.\d{3} +3 Pending +(yes|-) +(yes|-)'
    }
}

Describe 'Wait-XenEventChannel' {
    BeforeEach { $null = Connect-XenTarget -Simulated -DomainCount 15 }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'writes the channel when it is as it is wanted' {
        $channel = Wait-XenEventChannel 1 2 Unmasked -TimeoutSec 5
        $channel.PSTypeNames[0] | Should -BeExactly 'XenShared.XenEventChannel'
        $channel.Masked | Should -BeFalse
    }

    It 'takes channels from the pipeline, and domains by name' {
        (Get-XenEventChannel -DomId 14 -Port 66 | Wait-XenEventChannel -Until Pending).Pending | Should -BeTrue
        (Wait-XenEventChannel -Name sim-pv-stuck* -Port 66 -Until Masked).DomId | Should -Be 14
    }

    It 'waits until the guest has taken an event' {
        Send-XenEvent -DomId 1 -Port 2 -Confirm:$false
        (Wait-XenEventChannel 1 2 Idle -TimeoutSec 60 -IntervalMilliseconds 1).Pending | Should -BeFalse
    }

    It 'in vain it is WaitTimedOut' {
        Wait-XenEventChannel -DomId 14 -Port 66 -Until Idle -TimeoutSec 0 -ErrorVariable failed -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'WaitTimedOut,XenShared.PowerShell.Commands.WaitXenEventChannelCommand'
        "$($failed[0].CategoryInfo.Category)" | Should -BeExactly 'OperationTimeout'
        $failed[0].TargetObject | Should -Be 66
    }

    It 'does not wait for what is not known' {
        Wait-XenEventChannel -DomId 0 -Port 1 -Until Idle -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'EventStateUnknown,XenShared.PowerShell.Commands.WaitXenEventChannelCommand'
    }

    It 'tells of ports and domains that do not exist, and waits for the others' {
        (Wait-XenEventChannel -DomId 99, 1 -Port 9999, 2 -Until Unmasked -ErrorVariable failed -ErrorAction SilentlyContinue).Port |
            Should -Be 2
        $failed.FullyQualifiedErrorId | Sort-Object -Unique |
            Should -Be 'DomainNotFound,XenShared.PowerShell.Commands.WaitXenEventChannelCommand',
            'EventChannelNotFound,XenShared.PowerShell.Commands.WaitXenEventChannelCommand'
    }

    It 'is stopped while it waits for a channel' {
        $shell = [powershell]::Create().AddScript("Import-Module '$ModuleFolder'; " +
            '$null = Connect-XenTarget -Simulated -DomainCount 1; Wait-XenEventChannel 1 2 Masked -IntervalMilliseconds 3600000')
        $null = $shell.BeginInvoke()
        Start-Sleep -Milliseconds 500
        $shell.Stop()
        "$($shell.InvocationStateInfo.State)" | Should -BeExactly 'Stopped'
        $shell.Dispose()
    }
}
