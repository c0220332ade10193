BeforeDiscovery {
    $runbooks = (Get-ChildItem "$PSScriptRoot/../../docs/runbooks" -Filter *.ps1).Name
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $runbooks = Join-Path $RepositoryRoot 'docs/runbooks'
    $captures = Join-Path $RepositoryRoot 'tests/data'

    # Runs a script as a scheduler does: what it wrote, what it said, and its exit code.
    function Invoke-Runbook {
        param([string] $Name, [hashtable] $Argument = @{})
        $global:LASTEXITCODE = -1
        $failed = $null
        $result = @(& "$runbooks/$Name.ps1" @Argument -ErrorVariable failed 2>$null)
        [pscustomobject]@{ Result = $result; ErrorId = @($failed | ForEach-Object { $_.FullyQualifiedErrorId -replace ',.*' })
            Code = $LASTEXITCODE }
    }
}

Describe 'Runbook <_>' -ForEach $runbooks {
    BeforeAll {
        $file = Join-Path $runbooks $_
        $help = Get-Help $file -Full
    }

    It 'explains itself, its examples and its exit codes' {
        $help.Synopsis | Should -Not -Match '^\s*$|\.ps1'
        "$($help.Description.Text)" | Should -Match 'Exit code'
        @($help.Examples.Example).Count | Should -BeGreaterThan 1
        $help.Examples.Example.ForEach{ $_.Code } | Should -Match ([regex]::Escape($_))
        foreach ($parameter in (Get-Command $file).Parameters.Values |
            Where-Object { $_.Name -notin [Management.Automation.PSCmdlet]::CommonParameters + 'WhatIf', 'Confirm' }) {
            "$(($help.parameters.parameter | Where-Object name -EQ $parameter.Name).Description.Text)" |
                Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) needs words"
        }
    }

    It 'is listed in the README beside it' {
        Get-Content "$runbooks/README.md" -Raw | Should -Match ([regex]::Escape("[$_]($_)"))
    }

    It 'passes PSScriptAnalyzer' {
        if (-not (Get-Module PSScriptAnalyzer -ListAvailable)) { Set-ItResult -Skipped -Because 'PSScriptAnalyzer is not installed' }
        Invoke-ScriptAnalyzer $file -Settings (Join-Path $RepositoryRoot 'PSScriptAnalyzerSettings.psd1') |
            ForEach-Object { "$($_.Line) $($_.RuleName): $($_.Message)" } | Should -BeNullOrEmpty
    }
}

Describe 'A machine without Xen' {
    It 'ends <Name> with 3 and XenNotAvailable' -ForEach @(
        @{ Name = 'Repair-HungGuest'; Argument = @{ Name = 'web01' } }
        @{ Name = 'Test-GuestNetwork'; Argument = @{ Name = 'web01' } }
        @{ Name = 'Test-GuestClock'; Argument = @{} }
        @{ Name = 'Test-GuestMigration'; Argument = @{ Name = 'web01'; Reference = 'none.xencap' } }
        @{ Name = 'Export-SupportEvidence'; Argument = @{ Path = 'TestDrive:/none.zip' } }
    ) {
        if ((Test-Path /proc/xen/privcmd) -or (Test-Path /dev/xen/privcmd)) { Set-ItResult -Skipped -Because 'this machine is a Xen host' }
        Get-XenTarget | Disconnect-XenTarget
        $run = Invoke-Runbook $Name $Argument
        $run.Code | Should -Be 3
        $run.ErrorId | Should -Contain 'XenNotAvailable'
        $run.Result | Should -BeNullOrEmpty
        Test-Path 'TestDrive:/none.zip' | Should -BeFalse
    }

    It 'makes Invoke-NightCheck end with 3 and write down that it was not asked' {
        if ((Test-Path /proc/xen/privcmd) -or (Test-Path /dev/xen/privcmd)) { Set-ItResult -Skipped -Because 'this machine is a Xen host' }
        Get-XenTarget | Disconnect-XenTarget
        $run = Invoke-Runbook Invoke-NightCheck
        $run.Code | Should -Be 3
        $run.Result.Rule | Should -Be 'XenNotAvailable'
        $run.Result.Severity | Should -Be 'Unknown'
    }
}

Describe 'Repair-HungGuest' {
    BeforeEach { $null = Connect-XenTarget -Simulated }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'finds <Rule> in <Name>, mends it on request, and finds nothing more' -ForEach @(
        @{ Name = 'sim-pv-lost-15'; Rule = 'LostWakeup' }
        @{ Name = 'sim-pv-stuck-14'; Rule = 'StuckMasked' }
    ) {
        $before = Invoke-Runbook Repair-HungGuest @{ Name = $Name }
        $before.Code | Should -Be 2
        $before.Result.Fault.Rule | Should -Contain $Rule
        $before.Result.Advice | Should -Match 'Repair-XenEventChannel'
        $tried = Invoke-Runbook Repair-HungGuest @{ Name = $Name; Repair = $true; WhatIf = $true }
        $tried.Code | Should -Be 2
        $tried.Result.Repair | Should -BeNullOrEmpty
        $log = Join-Path $TestDrive "$Rule.log"
        $after = Invoke-Runbook Repair-HungGuest @{ Name = $Name; Repair = $true; Confirm = $false; LogPath = $log }
        $after.Code | Should -Be 0
        $after.Result.Repair.Result | Should -Be 'repaired'
        $after.Result.Fault | Should -BeNullOrEmpty
        @(Get-Content $log).Count | Should -BeGreaterThan 0
        (Invoke-Runbook Repair-HungGuest @{ Name = $Name }).Code | Should -Be 0
    }

    It 'does not call a guest healthy whose channels are not known' {
        $run = Invoke-Runbook Repair-HungGuest @{ Name = 'sim-hvm-created-*' }
        $run.Code | Should -Be 3
        $run.Result.Cause | Should -Match '^Not known'
    }

    It 'does not call a guest healthy that the rules could not judge' {
        $null = Connect-XenTarget -Path "$captures/bookworm-pv-fifo.core"
        $run = Invoke-Runbook Repair-HungGuest @{ Name = '*' }
        if (-not $run.Result) { $run = Invoke-Runbook Repair-HungGuest @{ DomId = (Get-XenDomain).DomId } }
        $run.Code | Should -Be 3
        $run.Result.Cause | Should -Match '^Not known'
    }

    It 'finds nothing in a healthy guest' {
        $run = Invoke-Runbook Repair-HungGuest @{ DomId = 1 }
        $run.Code | Should -Be 0
        $run.Result.Name | Should -Be 'sim-pv-2l-1'
    }

    It 'ends with 3 when no guest, or more than one, is meant' {
        (Invoke-Runbook Repair-HungGuest @{ Name = 'nobody' }).ErrorId | Should -Contain 'DomainNotFound'
        $run = Invoke-Runbook Repair-HungGuest @{ Name = 'sim-*' }
        $run.ErrorId | Should -Contain 'DomainNotClear'
        $run.Code | Should -Be 3
    }

    It 'tells of a guest in a capture that it is paused, and of a healthy one that it is not' {
        $null = Connect-XenTarget -Path "$captures/bookworm-quick-paused.xencap"
        $run = Invoke-Runbook Repair-HungGuest @{ Name = 'pv-2l-2vcpu' }
        $run.Code | Should -Be 2
        $run.Result.Cause | Should -Match 'paused'
        $null = Connect-XenTarget -Path "$captures/bookworm-quick.xencap"
        (Invoke-Runbook Repair-HungGuest @{ Name = 'pv-2l-2vcpu' }).Code | Should -Be 0
    }
}

Describe 'Test-GuestNetwork' {
    BeforeEach { $null = Connect-XenTarget -Simulated -Seed 7 }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'finds nothing wrong where events are handled' {
        $run = Invoke-Runbook Test-GuestNetwork @{ Name = 'sim-pv-2l-1'; Seconds = 1 }
        $run.Code | Should -Be 0
        $run.Result.Device | Should -Be 'vif0'
        $run.Result.Verdict | Should -Be 'Good'
        $run.Result.Changes | Should -Not -Be $null
    }

    It 'finds a channel on which an event waits because it is masked' {
        $port = (Get-XenEventChannel -DomId 1 | Where-Object Device -EQ 'vif0').Port
        Set-XenEventChannel -DomId 1 -Port $port -Masked $true -Force -Confirm:$false
        $null = Send-XenEvent -DomId 1 -Port $port -Confirm:$false -WarningAction SilentlyContinue
        $run = Invoke-Runbook Test-GuestNetwork @{ Name = 'sim-pv-2l-1'; Seconds = 0 }
        $run.Code | Should -Be 2
        $run.Result.Verdict | Should -Be 'Critical'
        $run.Result.Advice | Should -Match 'Repair-XenEventChannel'
    }

    It 'shows the queues of a guest in a capture, without watching what cannot move' {
        $null = Connect-XenTarget -Path "$captures/bookworm-quick.xencap"
        $run = Invoke-Runbook Test-GuestNetwork @{ Name = 'pv-2l-vbd-vif' }
        $run.Code | Should -Be 0
        $run.Result.Device | Should -Be 'vif0 tx', 'vif0 rx'
        $run.Result.Changes | Should -Be $null, $null
    }

    It 'ends with 3 where there is no network device' {
        $null = Connect-XenTarget -Path "$captures/bookworm-quick.xencap"
        $run = Invoke-Runbook Test-GuestNetwork @{ Name = 'pv-fifo' }
        $run.Code | Should -Be 3
        $run.ErrorId | Should -Contain 'NoNetworkChannel'
    }
}

Describe 'Test-GuestClock' {
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'finds that the clocks of a host in a capture agree' {
        $null = Connect-XenTarget -Path "$captures/bookworm-quick.xencap"
        $run = Invoke-Runbook Test-GuestClock
        $run.Code | Should -Be 0
        $run.Result | Should -HaveCount 7
        $run.Result.Offset | Sort-Object -Unique | Should -Be 0
    }

    It 'finds a clock that was set to another time, and takes an offset that is meant to be' {
        $null = Connect-XenTarget -Simulated
        $now = (Get-XenSharedInfo -DomId 1).WallClock.Time
        $null = Set-XenSharedInfo -DomId 1 -WallClock $now.AddHours(1) -Force -Confirm:$false
        $run = Invoke-Runbook Test-GuestClock @{ Name = 'sim-pv-2l-1' }
        $run.Code | Should -Be 2
        $run.Result.Offset | Should -Be 3600
        (Invoke-Runbook Test-GuestClock @{ Name = 'sim-pv-2l-1'; CriticalSeconds = 7200 }).Code | Should -Be 1
        (Invoke-Runbook Test-GuestClock @{ Name = 'sim-pv-2l-1'; Expected = 3600 }).Code | Should -Be 0
    }

    It 'does not call a clock right that is not known' {
        $null = Connect-XenTarget -Simulated
        $run = Invoke-Runbook Test-GuestClock @{ Name = 'sim-hvm-created-*' }
        $run.Code | Should -Be 3
        $run.Result.Offset | Should -Be $null
        $run.Result.Reason | Should -Not -BeNullOrEmpty
        (Invoke-Runbook Test-GuestClock @{ Name = 'nobody' }).ErrorId | Should -Contain 'DomainNotFound'
    }
}

Describe 'Test-GuestMigration' {
    BeforeEach { $file = Join-Path $TestDrive "$([guid]::NewGuid()).xencap" }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'finds nothing where nothing is missing' {
        $null = Connect-XenTarget -Path "$captures/bookworm-quick.xencap"
        $run = Invoke-Runbook Test-GuestMigration @{ Name = 'pv-2l-vbd-vif'; Save = $file }
        $run.Code | Should -Be 0
        $run.Result | Should -BeOfType [IO.FileInfo]
        $null = Connect-XenTarget -Path "$captures/bookworm-quick-paused.xencap"
        $run = Invoke-Runbook Test-GuestMigration @{ Name = 'pv-2l-vbd-vif'; Reference = $file }
        $run.Result | Should -BeNullOrEmpty
        $run.Code | Should -Be 0
        (Get-XenTarget).Count | Should -Be 2 -Because 'it disconnects what it connected'
    }

    It 'finds a device that was not connected again, and another event ABI' {
        $lines = {
            param([switch] $After)
            New-DomainLine 0 'Domain-0'
            New-Sample 0 (New-Page -Fifo)
            New-PortsLine 0 @{ port = 1; state = 'Ipi' }
            $number = $After ? 12 : 5
            New-DomainLine $number 'web01' -VcpuCount 1
            New-Sample $number (New-Page -Bound 1, 3, 6)
            New-PortsLine $number @{ port = 1; state = 'Interdomain'; remoteDomid = 0; remotePort = 34 }, @{ port = 3; state = 'VirtualIrq'
                irq = 0 }, @{ port = 6; state = $After ? 'Unbound' : 'Interdomain'; remoteDomid = 0; remotePort = 40 }
            @{ kind = 'xenstore'; domid = $number; nodes = @{ 'store/port' = '1'; 'device/vif/0/event-channel' = '6' } }
        }
        $null = Connect-XenTarget -Path (Save-Capture "$TestDrive/old.xencap" (& $lines))
        (Invoke-Runbook Test-GuestMigration @{ Name = 'web01'; Save = $file }).Code | Should -Be 0
        $null = Connect-XenTarget -Path (Save-Capture "$TestDrive/new.xencap" (& $lines -After) -HostName 'xen-other')
        $run = Invoke-Runbook Test-GuestMigration @{ Name = 'web01'; Reference = $file }
        $run.Code | Should -Be 2
        $device = $run.Result | Where-Object What -EQ 'device vif0'
        "$($device.Before) $($device.After)" | Should -Be 'Interdomain Unbound'
    }

    It 'works on a simulated host, and does not overwrite what was there before' {
        $null = Connect-XenTarget -Simulated
        (Invoke-Runbook Test-GuestMigration @{ Name = 'sim-pv-fifo-2'; Save = $file }).Code | Should -Be 0
        (Invoke-Runbook Test-GuestMigration @{ Name = 'sim-pv-fifo-2'; Reference = $file }).Code | Should -Be 0
        $again = Invoke-Runbook Test-GuestMigration @{ Name = 'sim-pv-fifo-2'; Save = $file }
        $again.Code | Should -Be 3
        $again.ErrorId | Should -Contain 'NoClobber'
        $none = Invoke-Runbook Test-GuestMigration @{ Name = 'sim-pv-fifo-2'; Reference = "$TestDrive/none.xencap" }
        $none.Code | Should -Be 3
        $none.ErrorId | Should -Contain 'PathNotFound'
    }
}

Describe 'Test-PoolGuest' {
    BeforeEach { $null = Connect-XenTarget -Simulated }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    BeforeAll {
        function New-Vm ([string] $Name, [long] $DomId, [guid] $Uuid = [guid]::NewGuid()) {
            [pscustomobject]@{ uuid = "$Uuid"; name_label = $Name; domid = $DomId }
        }
    }

    It 'finds the faults of running VMs by their UUIDs, with the names of the pool' {
        $guests = @(Get-XenDomain -Name 'sim-pv-lost-*', 'sim-grub-7')
        $vms = @($guests.ForEach{ New-Vm "pool $($_.Name)" $_.DomId $_.Uuid }; New-Vm off -1)
        $run = Invoke-Runbook Test-PoolGuest @{ VM = $vms; ExcludeRule = 'StuckMasked' }
        $run.Code | Should -Be 2
        $lost = $run.Result | Where-Object Rule -EQ LostWakeup | Select-Object -First 1
        $lost.Name | Should -BeLike 'pool sim-pv-lost-*'
        $lost.Uuid | Should -BeIn $guests.Uuid
        $lost.HostName | Should -Be 'simulated'
        $run.Result.Rule | Should -Not -Contain 'StuckMasked'
        $run.Result.Name | Should -Not -Contain 'off'
    }

    It 'ends with 3 for a VM whose host is not connected, although the number is that of a domain' {
        $run = Invoke-Runbook Test-PoolGuest @{ VM = @(New-Vm elsewhere 1) }
        $run.Code | Should -Be 3
        $run.Result | Should -HaveCount 1
        $run.Result.Name | Should -Be 'elsewhere'
        $run.Result.Rule | Should -Be 'DomainNotFound'
        $run.Result.Severity | Should -Be 'Unknown'
        $run.Result.Advice | Should -Match 'Connect-XenTarget'
    }

    It 'ends with 3 if a running VM was not judged, and with 0 if all are halted' {
        # Its shared page is not mapped yet.
        $guest = Get-XenDomain 12
        $run = Invoke-Runbook Test-PoolGuest @{ VM = @(New-Vm booting 12 $guest.Uuid) }
        $run.Code | Should -Be 3
        $run.Result.Rule | Should -Contain 'NotJudged'
        (Invoke-Runbook Test-PoolGuest @{ VM = @(New-Vm off -1) }).Code | Should -Be 0
        (Invoke-Runbook Test-PoolGuest @{ VM = @() }).Code | Should -Be 0
    }

    It 'ends with 3 for hosts that cannot be reached' {
        if (-not (Get-Command ssh -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'ssh is not installed' }
        $run = Invoke-Runbook Test-PoolGuest @{ VM = @(New-Vm web 1); HostName = 'no-such-host.invalid' }
        $run.Code | Should -Be 3
        $run.Result.Rule | Should -Be 'HostUnreachable'
    }
}

Describe 'Invoke-NightCheck' {
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'writes down what is wrong on a simulated host, with a report' {
        $null = Connect-XenTarget -Simulated
        $run = Invoke-Runbook Invoke-NightCheck @{ LogPath = "$TestDrive/night.jsonl"; ReportFolder = $TestDrive }
        $run.Code | Should -Be 2
        $run.Result.Rule | Should -Contain 'LostWakeup'
        $run.Result.Rule | Should -Contain 'StuckMasked'
        $logged = Get-Content "$TestDrive/night.jsonl" | ConvertFrom-Json
        $logged.Rule | Should -Be $run.Result.Rule
        $logged[0].Severity | Should -BeOfType [string]
        Get-ChildItem $TestDrive -Filter 'simulated-*.html' | Should -HaveCount 1
    }

    It 'leaves out what is known and what is less grave' {
        $null = Connect-XenTarget -Simulated
        $run = Invoke-Runbook Invoke-NightCheck @{ MinimumSeverity = 'Critical'; ExcludeRule = 'LostWakeup'; IgnoreNotJudged = $true }
        $run.Result.Rule | Select-Object -Unique | Should -Be 'StuckMasked'
        $known = 'LostWakeup', 'StuckMasked', 'SelectorSilent'
        (Invoke-Runbook Invoke-NightCheck @{ ExcludeRule = $known; IgnoreNotJudged = $true }).Code | Should -Be 0
        $open = Invoke-Runbook Invoke-NightCheck @{ ExcludeRule = $known }
        $open.Code | Should -Be 3 -Because 'what was not judged is not good'
        $open.Result.Rule | Select-Object -Unique | Should -Be 'NotJudged'
        # Its shared page is not mapped yet.
        $open.Result.DomId | Should -Contain 12
    }

    It 'finds nothing in captures of a healthy host' {
        $run = Invoke-Runbook Invoke-NightCheck @{ Path = "$captures/*.xencap"; IgnoreNotJudged = $true }
        $run.Result | Should -BeNullOrEmpty
        $run.Code | Should -Be 0
        $open = Invoke-Runbook Invoke-NightCheck @{ Path = "$captures/bookworm-quick.xencap" }
        $open.Code | Should -Be 3
        $open.Result.Severity | Select-Object -Unique | Should -Be 'Unknown'
        "$($open.Result[0].Evidence)" | Should -Match 'LostWakeup, StuckMasked, CallbackMissing: it uses FIFO channels'
        Get-XenTarget | Should -BeNullOrEmpty -Because 'it disconnects what it connected'
    }

    It 'goes on where a host cannot be reached, and ends with 3' {
        if (-not (Get-Command ssh -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'ssh is not installed' }
        # Nobody logs in as this user, whether or not an sshd runs here.
        $run = Invoke-Runbook Invoke-NightCheck @{ HostName = '127.0.0.1', '-oProxyCommand=x'; UserName = 'xenshared-nobody' }
        $run.Code | Should -Be 3
        $run.Result.HostName | Sort-Object { $_.Length } | Should -Be '127.0.0.1', '-oProxyCommand=x'
        $run.Result.Rule | Select-Object -Unique | Should -Be 'HostUnreachable'
        Get-XenTarget | Should -BeNullOrEmpty
    }

    It 'asks several targets, and writes a report of those with faults' {
        $null = Connect-XenTarget -Simulated
        $null = Connect-XenTarget -Path "$captures/bookworm-quick.xencap"
        $folder = New-Item -ItemType Directory "$TestDrive/reports"
        $run = Invoke-Runbook Invoke-NightCheck @{ ReportFolder = $folder.FullName; IgnoreNotJudged = $true }
        $run.Code | Should -Be 2
        $run.Result.HostName | Select-Object -Unique | Should -Be 'simulated'
        (Get-ChildItem $folder).Name | Should -BeLike 'simulated-*.html'
        $without = Invoke-Runbook Invoke-NightCheck @{ ReportFolder = "$TestDrive/no/such/folder" }
        $without.Code | Should -Be 2
        $without.Result.Rule | Should -Contain 'LostWakeup'
        $without.Result.Rule | Should -Contain 'PathNotFound'
    }

    It 'ends with 3 when no file fits' {
        $run = Invoke-Runbook Invoke-NightCheck @{ Path = "$TestDrive/none*.xencap" }
        $run.Code | Should -Be 3
        $run.Result.Rule | Should -Be 'NothingAsked'
    }

    It 'goes on where a file cannot be read, and ends with 3' {
        Set-Content "$TestDrive/bad.xencap" 'hello'
        $run = Invoke-Runbook Invoke-NightCheck @{
            Path = "$TestDrive/bad.xencap", "$TestDrive/none.xencap", "$captures/bookworm-quick.xencap"; IgnoreNotJudged = $true
        }
        $run.Code | Should -Be 3
        $run.Result.Rule | Sort-Object | Should -Be 'FileNotRecognised', 'PathNotFound'
    }
}

Describe 'Export-SupportEvidence' {
    BeforeEach { $file = Join-Path $TestDrive "$([guid]::NewGuid()).zip" }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'packs a simulated host, with what is wrong there' {
        $null = Connect-XenTarget -Simulated
        $run = Invoke-Runbook Export-SupportEvidence @{ Path = $file; Name = 'sim-pv-lost-*', 'sim-pv-2l-1'; Note = 'a test' }
        $run.Code | Should -Be 2
        $run.Result.FullName | Should -Be $file
        $run.Result.Hash | Should -Be (Get-FileHash $file).Hash
        Expand-Archive $file "$TestDrive/unpacked"
        (Get-ChildItem "$TestDrive/unpacked").Name | Sort-Object |
            Should -Be 'about.json', 'channels.json', 'domains.json', 'faults.json', 'host.xencap', 'problems.json', 'report.html'
        (Get-Content "$TestDrive/unpacked/faults.json" | ConvertFrom-Json).Rule | Should -Contain 'LostWakeup'
        (Get-Content "$TestDrive/unpacked/about.json" | ConvertFrom-Json).note | Should -Be 'a test'
        $copy = Connect-XenTarget -Path "$TestDrive/unpacked/host.xencap"
        (Get-XenDomain -Target $copy).DomId | Should -Be 0, 1, 15
        if (-not $IsWindows) { [IO.File]::GetUnixFileMode($file) | Should -Be ([IO.UnixFileMode]'UserRead, UserWrite') }
    }

    It 'says what a capture does not tell, and ends with 1' {
        $null = Connect-XenTarget -Path "$captures/bookworm-quick.xencap"
        $run = Invoke-Runbook Export-SupportEvidence @{ Path = $file }
        $run.Code | Should -Be 1
        Expand-Archive $file "$TestDrive/of-capture"
        $problems = Get-Content "$TestDrive/of-capture/problems.json" | ConvertFrom-Json
        "$($problems.message)" | Should -Match 'not known'
    }

    It 'does not overwrite evidence, and leaves nothing behind' {
        $null = Connect-XenTarget -Simulated
        Set-Content $file 'precious'
        $run = Invoke-Runbook Export-SupportEvidence @{ Path = $file }
        $run.Code | Should -Be 3
        $run.ErrorId | Should -Contain 'ArchiveExists'
        Get-Content $file | Should -Be 'precious'
        $none = Invoke-Runbook Export-SupportEvidence @{ Path = "$TestDrive/never.zip"; Name = 'nobody*' }
        $none.Code | Should -Be 3
        Get-ChildItem $TestDrive -Filter 'never*' | Should -BeNullOrEmpty
        Get-ChildItem ([IO.Path]::GetTempPath()) -Filter 'xen-evidence-*' | Should -BeNullOrEmpty
    }
}
