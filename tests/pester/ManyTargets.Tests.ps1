BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $capture = New-TestCapture "$TestDrive/xen1.xencap"
    $second = Save-Capture "$TestDrive/xen2.xencap" @(
        New-DomainLine 5 'second' -VcpuCount 2
        New-Sample 5 (New-Page -Bound 1, 2, 3, 4, 5, 6, 7 -Pending 3 -Masked 4) -VcpuCount 2
        New-PortsLine 5 @{ port = 3; state = 'VirtualIrq'; irq = 0 }
    ) -HostName 'xen-second'
    $third = Save-Capture "$TestDrive/xen3.xencap" @(New-DomainLine 9 'third' -NotMapped
        New-PortsLine 9 @{ port = 1; state = 'Ipi' }) -HostName 'xen-third'
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Several targets' {
    BeforeEach {
        Get-XenTarget | Disconnect-XenTarget
        $alone = Connect-XenTarget -Path $third
        $both = Connect-XenTarget -LiteralPath $capture, $second
    }

    It 'that one command connected are asked together' {
        $both.IsDefault | Should -Be $true, $true
        $alone.IsDefault | Should -BeFalse
        (Get-XenDomain -Name 'web01', 'second' -ErrorAction Ignore).HostName | Sort-Object | Should -Be 'xen-second', 'xen-test'
        Disconnect-XenTarget
        (Get-XenDomain).HostName | Should -Be 'xen-third' -Because 'what was connected before is the session''s again'
    }

    It 'are taken by -Target, each once' {
        (Get-XenDomain -Target $both[1], $alone, $both[1]).HostName | Sort-Object | Should -Be 'xen-second', 'xen-third'
    }

    It 'are taken from the pipeline, where their number is no domain''s' {
        ($alone, $both[1] | Get-XenDomain).HostName | Sort-Object | Should -Be 'xen-second', 'xen-third'
        (Get-XenTarget | Get-XenEventChannel -DomId 5 -Port 3 -ErrorAction Ignore).HostName | Sort-Object |
            Should -Be 'xen-second', 'xen-test'
        ($both[1] | Get-XenSharedInfo).DomId | Should -Be 5
        ($alone | Export-XenCapture "$TestDrive/copy.cap" | Connect-XenTarget).HostName | Should -Be 'xen-third'
    }

    It 'answer like each of them alone' -ForEach @(
        @{ Name = 'Get-XenDomain' }, @{ Name = 'Get-XenSharedInfo' }, @{ Name = 'Get-XenVcpuInfo' }, @{ Name = 'Get-XenEventChannel' },
        @{ Name = 'Get-XenClock' }
    ) {
        $quiet = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'SilentlyContinue' }
        $together = & $Name @quiet -ErrorVariable failed -WarningVariable warned
        $apart = $both | ForEach-Object { & $Name -Target $_ @quiet -ErrorVariable +failedApart -WarningVariable +warnedApart }
        foreach ($hostName in 'xen-test', 'xen-second') {
            $together | Where-Object HostName -EQ $hostName | ConvertTo-Json -Depth 8 |
                Should -BeExactly ($apart | Where-Object HostName -EQ $hostName | ConvertTo-Json -Depth 8)
        }
        "$($failed | ForEach-Object FullyQualifiedErrorId | Sort-Object)" |
            Should -Be "$($failedApart | ForEach-Object FullyQualifiedErrorId | Sort-Object)"
        "$($warned | Sort-Object)" | Should -Be "$($warnedApart | Sort-Object)"
    }

    It 'find the domains of objects on the host that each came from' {
        $found = Get-XenDomain -DomId 5 | Get-XenEventChannel -Port 3
        $found | Should -HaveCount 2
        $found.HostName | Sort-Object | Should -Be 'xen-second', 'xen-test'
        (Get-XenDomain -HostName xen-second).Name | Should -Be 'second'
    }

    It 'tell of a host that none of them is with TargetNotFound' {
        { Get-XenDomain -HostName xen-test, nobody -ErrorAction Stop } |
            Should -Throw -ErrorId 'TargetNotFound,XenShared.PowerShell.Commands.GetXenDomainCommand'
        (Get-XenDomain -HostName xen-second, nobody -ErrorAction SilentlyContinue).Name | Should -Be 'second'
    }

    It 'do not lose the others when one is disconnected, or its file is gone' {
        Disconnect-XenTarget $both[1]
        $found = Get-XenDomain -Target $both -ErrorVariable failed -ErrorAction SilentlyContinue
        $found | Should -HaveCount 6
        $failed.FullyQualifiedErrorId | Should -Be 'TargetDisconnected,XenShared.PowerShell.Commands.GetXenDomainCommand'
        $gone = Copy-Item $second "$TestDrive/gone.xencap" -PassThru | Connect-XenTarget
        Remove-Item "$TestDrive/gone.xencap"
        $elsewhere = 1 | ForEach-Object -Parallel {
            Import-Module $using:ModuleFolder
            Get-XenDomain -Target $using:gone, $using:alone 2>&1 |
                ForEach-Object { $_ -is [Management.Automation.ErrorRecord] ? $_.FullyQualifiedErrorId : $_.Name }
        }
        $elsewhere | Sort-Object | Should -Be 'PathNotFound,XenShared.PowerShell.Commands.GetXenDomainCommand', 'third'
    }

    It 'refuse -Target that holds nothing with TargetEmpty' {
        { Get-XenDomain -Target $null } | Should -Throw -ErrorId 'TargetEmpty,XenShared.PowerShell.Commands.GetXenDomainCommand'
        { Get-XenDomain -Target $alone, $null } | Should -Throw -ErrorId 'TargetEmpty,XenShared.PowerShell.Commands.GetXenDomainCommand'
    }

    It 'are too many for a capture, which is of one host' {
        { Export-XenCapture "$TestDrive/two.cap" } |
            Should -Throw -ErrorId 'TargetAmbiguous,XenShared.PowerShell.Commands.ExportXenCaptureCommand'
        Test-Path "$TestDrive/two.cap" | Should -BeFalse
    }

    It 'are let go when the pipeline wants no more' {
        Get-XenEventChannel -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | Select-Object -First 1 | Should -HaveCount 1
        (Get-XenDomain).Count | Should -Be 7
    }

    It 'keep together what comes from one host' {
        $order = (Get-XenEventChannel -ErrorAction SilentlyContinue -WarningAction SilentlyContinue).HostName
        ($order | Get-Unique) | Should -HaveCount 2
    }
}

Describe 'Asking at the same time' {
    # A capture that is a pipe answers when somebody writes into it. The second is written first: whoever asks one after the other waits for
    # ever.
    It 'asks all targets at once, and writes what comes first' {
        if (-not (Get-Command mkfifo -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'there is no mkfifo' }
        $one, $two = 'one', 'two' | ForEach-Object { Copy-Item $third "$TestDrive/$_.xencap"; "$TestDrive/$_.xencap" }
        (Get-Content $two -Raw).Replace('xen-third', 'xen-fourth') | Set-Content "$TestDrive/four.txt"
        $script = @"
            `$targets = Connect-XenTarget -LiteralPath '$one', '$two'
            Remove-Item '$one', '$two'; mkfifo '$one' '$two'
            `$writer = Start-ThreadJob {
                [IO.File]::WriteAllBytes('$two', [IO.File]::ReadAllBytes('$TestDrive/four.txt'))
                Start-Sleep -Milliseconds 300
                [IO.File]::WriteAllBytes('$one', [IO.File]::ReadAllBytes('$third'))
            }
            , `$targets | ForEach-Object -Parallel { Import-Module '$ModuleFolder'; Get-XenDomain -Target `$_ } | ForEach-Object HostName
"@
        (Invoke-Within 60 $script) -split '\s+' | Where-Object { $_ } | Should -Be 'xen-fourth', 'xen-third'
    }
}

Describe 'Writing with several targets' {
    BeforeAll {
        Get-XenTarget | Disconnect-XenTarget
        $simulated = Connect-XenTarget -Simulated -Seed 3
        $copy = Connect-XenTarget -Path $capture
    }

    It 'takes exactly one of them' {
        $null = Connect-XenTarget -LiteralPath $capture, $second
        { Send-XenEvent -DomId 5 -Port 1 -Confirm:$false -ErrorAction Stop } |
            Should -Throw -ErrorId 'TargetAmbiguous,XenShared.PowerShell.Commands.SendXenEventCommand'
        Disconnect-XenTarget
    }

    It 'writes to the host that the object came from, and to no other' {
        $channel = Get-XenEventChannel -Target $simulated -Pending -Masked -WarningAction SilentlyContinue | Where-Object Device |
            Select-Object -First 1
        $poke = $channel | Repair-XenEventChannel -Unmask -Target $simulated -Confirm:$false -PassThru
        $poke.HostName | Sort-Object -Unique | Should -Be $simulated.HostName
        { $channel | Repair-XenEventChannel -Unmask -Target $copy -Confirm:$false -ErrorAction Stop } |
            Should -Throw -ErrorId 'TargetNotFound,XenShared.PowerShell.Commands.RepairXenEventChannelCommand'
        { $poke[0] | Undo-XenPoke -Target $copy -Confirm:$false -ErrorAction Stop } |
            Should -Throw -ErrorId 'TargetNotFound,XenShared.PowerShell.Commands.UndoXenPokeCommand'
    }
}

Describe 'Objects that have been elsewhere' {
    BeforeAll {
        Get-XenTarget | Disconnect-XenTarget
        $null = Connect-XenTarget -Path $capture
    }

    It '<Name> come through Export-Clixml and a job with their views' -ForEach @(
        @{ Name = 'Get-XenDomain'; Type = 'XenDomain' }
        @{ Name = 'Get-XenSharedInfo'; Type = 'XenSharedInfo' }
        @{ Name = 'Get-XenVcpuInfo'; Type = 'XenVcpuInfo' }
        @{ Name = 'Get-XenEventChannel'; Type = 'XenEventChannel' }
        @{ Name = 'Get-XenTarget'; Type = 'XenTarget' }
    ) {
        $here = & $Name -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        Export-Clixml "$TestDrive/$Name.xml" -InputObject $here
        $files = Import-Clixml "$TestDrive/$Name.xml"
        $files[0].PSTypeNames[0] | Should -Be "Deserialized.XenShared.$Type"
        $files | Get-View | Should -Be ($here | Get-View)
        $files | Format-List | Get-View | Should -Be ($here | Format-List | Get-View)
        $job = Start-Job {
            Import-Module $using:ModuleFolder
            $null = Connect-XenTarget -Path $using:capture
            & $using:Name -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        }
        $back = $job | Receive-Job -Wait -AutoRemoveJob
        $back[0].PSTypeNames[0] | Should -Be "Deserialized.XenShared.$Type"
        # A target's number is the session's.
        ($back | Get-View) -replace '^ *\d+ \*' | Should -Be (($here | Get-View) -replace '^ *\d+ \*')
    }

    It 'still tell which domain of which host they are of' {
        (Get-XenDomain -DomId 5 | ConvertTo-Deserialized | Get-XenEventChannel -Port 3).HostName | Should -Be 'xen-test'
    }
}
