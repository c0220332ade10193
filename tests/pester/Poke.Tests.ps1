BeforeAll {
    . "$PSScriptRoot/Setup.ps1"

    function Get-Port {
        param([int] $DomId, [string] $Device, [string] $State)
        (Get-XenEventChannel -DomId $DomId -WarningAction SilentlyContinue |
            Where-Object { $Device ? $_.Device -like $Device : "$($_.State)" -eq $State } | Select-Object -First 1).Port
    }

    # The domain of a simulated host that a kind of guest runs in.
    function Get-DomId { param([string] $Kind) (Get-XenDomain -Name "sim-$Kind-*" | Select-Object -First 1).DomId }

    # All bytes of a domain's page that no clock is in.
    function Get-PageText { param([int] $DomId) ((Get-XenSharedInfo -DomId $DomId).Bytes[2560..3135]) -join ',' }
}

Describe 'Writing, on a simulated host,' {
    BeforeEach { $null = Connect-XenTarget -Simulated -Seed 3 }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    Context 'Connect-XenTarget -Simulated' {
        It 'makes a host by name only, and says so' {
            $target = Get-XenTarget
            "$($target.Kind)" | Should -BeExactly 'Simulated'
            $target.HostName | Should -Be 'simulated'
            Get-XenDomain | Should -HaveCount 17
            (Get-XenDomain).HostName | Select-Object -Unique | Should -Be 'simulated'
        }

        It 'has as many domains as asked for, of every kind and both ABIs' {
            $many = Connect-XenTarget -Simulated -DomainCount 60 -Seed 9
            $domains = Get-XenDomain -Target $many
            $domains | Should -HaveCount 61
            "$($domains.Type | Sort-Object -Unique)" | Should -Be 'PV PVH HVM'
            $domains.EventAbi | Should -Contain 'TwoLevel'
            $domains.EventAbi | Should -Contain 'Fifo'
        }

        It 'follows from the seed' {
            $pages = foreach ($seed in 5, 5, 6) {
                $target = Connect-XenTarget -Simulated -Seed $seed
                (Get-XenDomain -Target $target |
                    ConvertTo-Json -Depth 2) + (Get-XenEventChannel -Target $target -WarningAction SilentlyContinue |
                    Select-Object * -ExcludeProperty HostName | ConvertTo-Json -Depth 2)
            }
            $pages[0] | Should -BeExactly $pages[1]
            $pages[0] | Should -Not -BeExactly $pages[2]
        }

        It 'refuses more domains than a host can have' {
            { Connect-XenTarget -Simulated -DomainCount 10001 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        }
    }

    Context 'Send-XenEvent' {
        It 'sends on the control domain''s end, whatever the ABI' {
            foreach ($kind in 'pv-2l', 'pv-fifo', 'pvh-fifo', 'minios') {
                $domId = Get-DomId $kind
                $poke = Send-XenEvent -DomId $domId -Port (Get-Port $domId console) -Confirm:$false
                $poke.PSTypeNames[0] | Should -Be 'XenShared.XenPoke'
                "$($poke.Action)" | Should -BeExactly 'Send'
                $poke.DomId | Should -Be $domId
            }
        }

        It 'takes channels from the pipeline' {
            $domId = Get-DomId pv-2l
            (Get-XenEventChannel -DomId $domId | Where-Object Device | Send-XenEvent -Confirm:$false).Port | Should -HaveCount 5
        }

        It 'refuses a <State> port, and says why' -ForEach @{ State = 'Unbound'; Why = 'unbound' }, @{ State = 'PhysicalIrq'
            Why = 'device' }, @{ State = 'VirtualIrq'; Why = 'only Xen' }, @{ State = 'Ipi'; Why = 'vCPUs' } {
            $domId = Get-DomId hvm-2l
            $port = Get-Port $domId -State $State
            Send-XenEvent -DomId $domId -Port $port -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed |
                Should -BeNullOrEmpty
            $failed[0].FullyQualifiedErrorId | Should -BeExactly 'PokeRefused,XenShared.PowerShell.Commands.SendXenEventCommand'
            "$($failed[0])" | Should -Match $Why
            $failed[0].TargetObject | Should -Be $port
        }

        It 'says that a capture cannot be written' {
            $null = Connect-XenTarget -Path (New-TestCapture)
            Send-XenEvent -DomId 5 -Port 1 -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeExactly 'NotSupportedByHost,XenShared.PowerShell.Commands.SendXenEventCommand'
        }

        It 'refuses the number of a halted VM' {
            Send-XenEvent -DomId -1 -Port 1 -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeExactly 'DomainNotFound,XenShared.PowerShell.Commands.SendXenEventCommand'
        }
    }

    Context 'Set-XenEventChannel' {
        It 'masks a channel, and its undo restores the page' {
            $domId = Get-DomId pv-2l
            $port = Get-Port $domId console
            $before = Get-PageText $domId
            $poke = Set-XenEventChannel -DomId $domId -Port $port -Masked $true -PassThru -Confirm:$false
            (Get-XenEventChannel -DomId $domId -Port $port).Masked | Should -BeTrue
            $poke.Field | Should -BeExactly "evtchn_mask[port $port]"
            $poke.Before | Should -Be 0
            $poke.After | Should -Be 1
            $undone = $poke | Undo-XenPoke -Confirm:$false
            $undone.Undoes | Should -Be $poke.Id
            Get-PageText $domId | Should -BeExactly $before
        }

        It 'writes nothing without -PassThru' {
            $domId = Get-DomId pv-2l
            Set-XenEventChannel -DomId $domId -Port (Get-Port $domId console) -Masked $true -Confirm:$false | Should -BeNullOrEmpty
        }

        It 'changes no byte with -WhatIf, names port, device and domain, and the bytes with -Verbose' {
            $domId = Get-DomId pv-2l
            $port = Get-Port $domId console
            $before = Get-PageText $domId
            $said = Invoke-Within 60 ("`$null = Connect-XenTarget -Simulated -Seed 3; " +
                "Set-XenEventChannel -DomId $domId -Port $port -Masked `$true -WhatIf -Verbose")
            $said | Should -Match "evtchn_mask\[port $port\] at frame 0x[0-9a-f]+ \+ 0xa00: 0x0 -> 0x1"
            $said | Should -Match "What if: .*`"mask port $port \(console\) of domain $domId \(sim-pv-2l-$domId\)`" on target `"the sim"
            Set-XenEventChannel -DomId $domId -Port $port -Masked $true -PassThru -WhatIf | Should -BeNullOrEmpty
            Get-PageText $domId | Should -BeExactly $before
        }

        It 'refuses what would lose events, and -Force overrides it' {
            $domId = Get-DomId pv-2l
            $port = Get-Port $domId vbd*
            Set-XenEventChannel -DomId $domId -Port $port -Pending $true -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeExactly 'PokeRefused,XenShared.PowerShell.Commands.SetXenEventChannelCommand'
            $failed[0].ErrorDetails.RecommendedAction | Should -MatchExactly ', or use -Force\.$'
            $failed[0].CategoryInfo.Category | Should -Be 'InvalidOperation'
            $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $pokes = Set-XenEventChannel -DomId $domId -Port $port -Pending $true -Force -PassThru -Confirm:$false
            $pokes.Field | Should -HaveCount 3
            $pokes[0].Forced | Should -Not -BeNullOrEmpty
        }

        It 'masks a channel of a FIFO guest in its event array, and nothing else' {
            $domId = Get-DomId pvh-fifo
            $port = Get-Port $domId vbd*
            $poke = Set-XenEventChannel -DomId $domId -Port $port -Masked $true -PassThru -Confirm:$false
            "$($poke.Kind)" | Should -BeExactly 'EventWordMask'
            (Get-XenEventChannel -DomId $domId -Port $port).Masked | Should -BeTrue
            Set-XenEventChannel -DomId $domId -Port $port -Pending $true -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
            "$($failed[0])" | Should -Match 'in no queue'
            Repair-XenEventChannel -DomId $domId -Port $port -Unmask -Confirm:$false
            (Get-XenEventChannel -DomId $domId -Port $port).Masked | Should -BeFalse
        }

        It 'needs something to set' {
            { Set-XenEventChannel -DomId 1 -Port 1 } |
                Should -Throw -ErrorId 'NothingToSet,XenShared.PowerShell.Commands.SetXenEventChannelCommand'
        }
    }

    Context 'Set-XenVcpuInfo' {
        It 'sets the bits of a live record of a vCPU that runs' {
            $domId = Get-DomId minios-busy
            $pokes = Set-XenVcpuInfo -DomId $domId -Vcpu 0 -PendingSelector 1 -UpcallPending $true -PassThru -Confirm:$false
            $pokes.Field | Should -Be 'vcpu_info[0].evtchn_pending_sel', 'vcpu_info[0].evtchn_upcall_pending'
        }

        It 'refuses a frozen record, and a vCPU that sleeps' {
            foreach ($kind in 'pv-2l', 'minios') {
                Set-XenVcpuInfo -DomId (Get-DomId $kind) -Vcpu 0 -UpcallPending $true -Confirm:$false `
                    -ErrorAction SilentlyContinue -ErrorVariable failed
                $failed[0].FullyQualifiedErrorId | Should -BeExactly 'PokeRefused,XenShared.PowerShell.Commands.SetXenVcpuInfoCommand'
            }
        }

        It 'needs a bit or a selector to set' {
            { Set-XenVcpuInfo -DomId 1 -Vcpu 0 } | Should -Throw -ErrorId 'NothingToSet,XenShared.PowerShell.Commands.SetXenVcpuInfoCommand'
        }
    }

    Context 'Set-XenSharedInfo' {
        It 'sets a field of the guest''s own' {
            $domId = Get-DomId pv-2l
            $poke = Set-XenSharedInfo -DomId $domId -Field arch.max_pfn -Value 128 -PassThru -Confirm:$false
            (Get-XenSharedInfo -DomId $domId).Arch.MaxPfn | Should -Be 128
            $null = $poke | Undo-XenPoke -Confirm:$false
            (Get-XenSharedInfo -DomId $domId).Arch.MaxPfn | Should -Be $poke.Before
        }

        It 'sets the wall clock by its version protocol' {
            $domId = Get-DomId pvh-2l
            $version = (Get-XenSharedInfo -DomId $domId).WallClock.Version
            Set-XenSharedInfo -DomId $domId -WallClock '2030-01-02T03:04:05Z' -Confirm:$false
            $clock = (Get-XenSharedInfo -DomId $domId).WallClock
            $clock.Time.UtcDateTime | Should -Be ([datetime]'2030-01-02T03:04:05')
            $clock.Version | Should -Be ($version + 2)
        }

        It 'refuses a field of Xen''s, and one that is none' {
            $domId = Get-DomId pv-2l
            foreach ($field in 'wc_sec', 'vcpu_info[0].time.system_time', 'no_such') {
                Set-XenSharedInfo -DomId $domId -Field $field -Value 1 -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
                $failed[0].FullyQualifiedErrorId | Should -BeExactly 'PokeRefused,XenShared.PowerShell.Commands.SetXenSharedInfoCommand'
            }
        }

        It 'completes field names' {
            $line = 'Set-XenSharedInfo -DomId 1 -Field arch.p2m'
            ([Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches.CompletionText |
                Should -Contain 'arch.p2m_generation'
        }
    }

    Context 'Repair-XenEventChannel' {
        It 'makes the guest handle a channel that is stuck masked and pending' {
            $domId = Get-DomId pv-stuck
            $stuck = Get-XenEventChannel -DomId $domId | Where-Object { $_.Masked -and $_.Pending -and $_.Device -like 'vbd*' }
            $stuck | Should -HaveCount 1
            $pokes = $stuck | Repair-XenEventChannel -Unmask -PassThru -Confirm:$false
            "$($pokes.Kind)" | Should -Be 'Mask Pending Event'
            $now = Get-XenEventChannel -DomId $domId -Port $stuck.Port
            $now.Masked | Should -BeFalse
            $now.Pending | Should -BeFalse
        }

        It 'wakes a guest that lost an event' {
            $domId = Get-DomId pv-lost
            $lost = Get-XenEventChannel -DomId $domId -Pending | Where-Object Device -Like 'vbd*'
            $lost | Repair-XenEventChannel -Confirm:$false
            (Get-XenEventChannel -DomId $domId -Port $lost.Port).Pending | Should -BeFalse
        }

        It 'takes no mask off unasked' {
            $domId = Get-DomId pv-stuck
            Repair-XenEventChannel -DomId $domId -Port (Get-Port $domId vbd*) -Confirm:$false `
                -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeExactly 'PokeRefused,XenShared.PowerShell.Commands.RepairXenEventChannelCommand'
        }
    }

    Context 'Undo-XenPoke' {
        It 'refuses when the value has changed since' {
            $domId = Get-DomId pv-2l
            $first = Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 2 -PassThru -Confirm:$false
            Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 4 -Confirm:$false
            $first | Undo-XenPoke -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
            $failed[0].FullyQualifiedErrorId | Should -BeExactly 'PokeLostRace,XenShared.PowerShell.Commands.UndoXenPokeCommand'
            (Get-XenSharedInfo -DomId $domId).Arch.P2mGeneration | Should -Be 4
        }

        It 'takes several back, the last one first' {
            $domId = Get-DomId pv-2l
            $pokes = 2, 4, 6 | ForEach-Object {
                Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value $_ -PassThru -Confirm:$false
            }
            ($pokes | Undo-XenPoke -Confirm:$false).After | Should -Be 4, 2, 0
        }
    }

    Context 'Records of pokes' {
        It 'take a poke back after they have been in a log or in another session' {
            $domId = Get-DomId pv-2l
            $log = "$TestDrive/record.log"
            $poke = Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 2 -PassThru -Confirm:$false -LogPath $log
            (Get-Content $log | ConvertFrom-Json | Undo-XenPoke -Confirm:$false).Undoes | Should -Be $poke.Id
            $again = Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 2 -PassThru -Confirm:$false
            ($again | ConvertTo-Deserialized | Undo-XenPoke -Confirm:$false).Undoes | Should -Be $again.Id
            { [pscustomobject]@{ DomId = 1 } | Undo-XenPoke -Confirm:$false -ErrorAction Stop } | Should -Throw
        }
    }

    Context 'The audit log' {
        It 'holds every poke, by -LogPath or by the session''s variable' {
            $domId = Get-DomId pv-2l
            $log = "$TestDrive/pokes.log"
            $poke = Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 2 -PassThru -Confirm:$false -LogPath $log
            $XenPokeLogPath = $log
            $null = $poke | Undo-XenPoke -Confirm:$false
            $null = Send-XenEvent -DomId $domId -Port (Get-Port $domId console) -Confirm:$false
            $all = Get-Content $log | ConvertFrom-Json
            $all.Outcome | Should -BeExactly 'Intended', 'Done', 'Intended', 'Done', 'Intended', 'Done'
            $lines = $all | Where-Object Outcome -EQ Done
            $lines | Should -HaveCount 3
            $lines[0].Id | Should -Be $poke.Id
            $lines[1].Undoes | Should -Be $poke.Id
            $lines[2].Action | Should -Be 'Send'
        }

        It 'tells of an intent that nobody knows the outcome of, and takes back the rest' {
            $domId = Get-DomId pv-2l
            $log = "$TestDrive/open.log"
            $poke = Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 2 -PassThru -Confirm:$false -LogPath $log
            $lines = Get-Content $log
            # As if the second poke had been cut off.
            $lines + $lines[0].Replace("$($poke.Id)", "$(New-Guid)") | Set-Content $log
            $undone = Get-Content $log | ConvertFrom-Json |
                Undo-XenPoke -Confirm:$false -WarningVariable warned -WarningAction SilentlyContinue
            $undone.Undoes | Should -Be $poke.Id
            $warned | Should -HaveCount 1
            $warned[0].Message | Should -Match 'no record shows whether it was'
        }

        It 'that cannot be written stops the poke' {
            $domId = Get-DomId pv-2l
            { Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 2 -Confirm:$false `
                    -LogPath "$TestDrive/missing/pokes.log" } |
                Should -Throw -ErrorId 'PathNotFound,XenShared.PowerShell.Commands.SetXenSharedInfoCommand'
            (Get-XenSharedInfo -DomId $domId).Arch.P2mGeneration | Should -Be 0
        }
    }

    Context 'Cmdlets that write' {
        It 'names what each cmdlet would do, and no byte' {
            $lines = [ordered]@{
                "Set-XenEventChannel 1 66 -Masked `$true" = 'mask port 66 (vbd51712) of domain 1'
                "Set-XenEventChannel 14 66 -Masked `$false -Force" = 
                    'domain 14 (sim-pv-stuck-14): unmask port 66 (vbd51712); set bits 0x2 of the pending selector'
                "Set-XenEventChannel 1 66 -Pending `$true -Force" = 'set the pending bit of port 66 (vbd51712) of domain 1 (sim-pv-2l-1)'
                "Set-XenEventChannel 2 66 -Masked `$true -Force" = 'mask port 66 (vbd51712) of domain 2'
                "Set-XenVcpuInfo 4 0 -UpcallPending `$true -Force" = 'set the pending upcall of vCPU 0 of domain 4'
                "Set-XenVcpuInfo 4 0 -UpcallMask `$true -Force" = 'mask the upcalls of vCPU 0 of domain 4'
                "Set-XenVcpuInfo 4 0 -PendingSelector 1 -Force" = 'set the pending selector of vCPU 0 to 0x1 of domain 4'
                'Set-XenSharedInfo 1 -WallClock 2026-01-02T00:00:00Z -Force' = 'set the wall clock to 2026-01-02 00:00:00Z of domain 1'
                'Set-XenSharedInfo 1 -Field arch.max_pfn -Value 3 -Force' = 'set arch.max_pfn to 0x3 of domain 1'
                'Send-XenEvent 1 66' = 'send an event to port 66 (vbd51712) of domain 1'
                'Repair-XenEventChannel 14 66 -Unmask' = 
                    'unmask port 66 (vbd51712); clear the pending bit of port 66 (vbd51712); send an event to port 66'
                '$poke | Undo-XenPoke -Force' = 'unmask port 66 (vbd51712) of domain 1'
            }
            $written = (Get-Command -Module XenShared -CommandType Cmdlet | Where-Object {
                    $_.ImplementingType.IsSubclassOf([XenShared.PowerShell.Commands.Base.PokeCmdletBase]) }).Name
            foreach ($name in $written) { "$($lines.Keys)" | Should -Match $name -Because 'each cmdlet that writes has a line here' }
            $script = @('$null = Connect-XenTarget -Simulated -Seed 3'
                '$poke = Set-XenEventChannel 1 66 -Masked $true -PassThru -Confirm:$false'
                foreach ($line in $lines.Keys) {
                    if ($line -match 'Masked .true') { 'Set-XenEventChannel 1 66 -Masked $false -Force -Confirm:$false' }
                    "'== $line'"; "$line -WhatIf"
                    if ($line -match 'Masked .true') { '$poke = Set-XenEventChannel 1 66 -Masked $true -PassThru -Confirm:$false' }
                }) -join "`n"
            $said = Invoke-Within 120 $script @{ NO_COLOR = '1'; COLUMNS = '400' }
            foreach ($line in $lines.GetEnumerator()) {
                $part = ($said -split [regex]::Escape("== $($line.Key)`n"))[1] -split '== ' | Select-Object -First 1
                ($part -replace '\s+', ' ') | Should -Match ([regex]::Escape($line.Value)) -Because $line.Key
                $part | Should -Not -Match 'at frame|->' -Because $line.Key
            }
        }

        It '<_> asks before it does, and -WhatIf and -Confirm are there' -ForEach 'Send-XenEvent', 'Set-XenEventChannel', 'Set-XenVcpuInfo',
            'Set-XenSharedInfo', 'Undo-XenPoke', 'Repair-XenEventChannel' {
            $command = Get-Command $_
            $attribute = $command.ImplementingType.GetCustomAttributes([Management.Automation.CmdletAttribute], $false)[0]
            $attribute.SupportsShouldProcess | Should -BeTrue
            "$($attribute.ConfirmImpact)" | Should -Be 'High'
        }

        It 'show a poke in 80 columns' {
            $domId = Get-DomId pv-2l
            $view = Set-XenSharedInfo -DomId $domId -Field arch.p2m_generation -Value 2 -PassThru -Confirm:$false | Get-View
            "$view" | Should -Match 'arch\.p2m_generation\s+0x0\s+0x2\s+CompareAndSwap'
            $view | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual 80
        }
    }
}
