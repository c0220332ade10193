BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Simulated
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Test-XenEventChannel' {
    It 'names the link at which an event stops, with evidence and advice' {
        $path = Test-XenEventChannel -DomId 14 -Port 66
        $path.PSTypeNames[0] | Should -Be 'XenShared.XenEventPath'
        $path.Verdict | Should -Be 'Stopped'
        $path.StopsAt | Should -Be 'Mask'
        $path.Evidence | Should -BeLike 'Events of port 66 (vbd51712) stop at the mask: *'
        $path.Advice | Should -BeLike 'Repair-XenEventChannel -DomId 14 -Port 66 -Unmask*'
        ($path.Step | Where-Object Link -EQ Mask).State | Should -Be 'Stops'
        ($path.Step | Where-Object State -EQ Unknown) | Should -BeNullOrEmpty
    }

    It 'has the links in the order of the event' {
        (Test-XenEventChannel -DomId 5 -Port 66).Step.Link | Should -Be ([enum]::GetValues([XenShared.EventPathLink]))
    }

    It 'says of a healthy channel that it is quiet, and where it stops not' {
        $path = Test-XenEventChannel -DomId 1 -Port 66
        $path.Verdict | Should -BeIn 'Quiet', 'Passing'
        $null -eq $path.StopsAt | Should -BeTrue
        $path.Advice | Should -BeExactly ''
    }

    It 'tests all events that wait without a port' {
        $paths = Test-XenEventChannel -WarningAction SilentlyContinue
        ($paths | Where-Object DomId -EQ 14).Port | Should -Be 66
        ($paths | Where-Object DomId -EQ 15).StopsAt | Should -Be 'Queue'
        $paths.Verdict | Should -Not -Contain 'Quiet'
    }

    It 'tests the channels from the pipeline, and no others' {
        $paths = Get-XenEventChannel -DomId 1, 14 -Port 2, 66 | Test-XenEventChannel
        $paths | ForEach-Object { "$($_.DomId)/$($_.Port)" } | Should -Be '1/2', '1/66', '14/2', '14/66'
    }

    It 'reports a port that does not exist, and tests the others' {
        $path = Test-XenEventChannel -DomId 1 -Port 66, 5000 -ErrorVariable failed -ErrorAction SilentlyContinue
        $path.Port | Should -Be 66
        $failed[0].FullyQualifiedErrorId |
            Should -BeExactly 'EventChannelNotFound,XenShared.PowerShell.Commands.TestXenEventChannelCommand'
    }

    It 'does not guess what a file does not contain' {
        $path = Test-XenEventChannel -Path (New-TestCapture) -DomId 5 -Port 1 -WarningAction SilentlyContinue
        ($path.Step | Where-Object Link -EQ Callback).State | Should -Be 'Unknown'
        ($path.Step | Where-Object Link -EQ Callback).Evidence | Should -Match 'does not contain'
    }

    It 'shows each link in a list, and a line for each in a table' {
        $path = Test-XenEventChannel -DomId 14 -Port 66
        $path | Format-List | Out-String | Should -Match 'Mask: Stops: masked in each'
        ($path.Step | Out-String) -split "`n" | Should -Contain 'Link       State    Evidence'
        ($path | Out-String) -split "`n" -match '^ +66 .*Stopped.* Mask ' | Should -Not -BeNullOrEmpty
    }
}
