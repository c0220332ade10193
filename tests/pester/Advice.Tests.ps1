# The advice of each rule, done by the cmdlets that it names, in the state that it is given for. Advice that the tool refuses, or that mends
# nothing, fails.
BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    # Every rule there is: one without a state here fails.
    $script:States = @([XenShared.Diagnosis.Rules.FaultRules]::Names) + 'StuckMasked of a timer', 'UpcallStuck with masked channels',
        'ClockVersionOdd of a vCPU'
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $any = [Reflection.BindingFlags]'Instance, Static, Public, NonPublic'

    # A line of this module as advice has it: the cmdlet, its parameters, and values that are numbers, variables, names and parentheses.
    $value = '(?:\d[\w:.\-]*\w|\d|\$\w+|\([^)]*\)(?:\.\w+)*|[A-Z]\w+|\w+[._]\w+)'
    $line = "[A-Z][a-z]+-Xen\w+(?: -[A-Z]\w+(?: $value)?)*"

    # What names things outside the tool has one of these forms.
    $outside = @(
        'restart the guest', 'a restart of the guest', 'restart the program that used it', 'migrate or restart the guest',
            'take it offline in the guest', 'xl trigger \d+ nmi \d+', 'xl dump-core', 'xl dmesg', 'xl list', 'xl block-list',
            'xl network-list \d+',
        'xl console \d+', 'Bring vCPU \d+ online in the guest',
        'whether xenconsoled runs in domain \d+', 'detach (it|the device) and attach it again', 'max_event_channels', 'rtc_timeoffset'
    )

    # Calls what is internal: the simulated guest is not part of the module's surface.
    function Invoke-Internal {
        param($InputObject, [string] $Name, [object[]] $Argument = @())
        $method = $InputObject.GetType().GetMethods($any) |
            Where-Object { $_.Name -eq $Name -and $_.GetParameters().Count -ge $Argument.Count } | Select-Object -First 1
        $all = [object[]]::new($method.GetParameters().Count)
        for ($index = 0; $index -lt $all.Count; $index++) {
            $parameter = $method.GetParameters()[$index]
            $all[$index] = $index -lt $Argument.Count ? [Management.Automation.LanguagePrimitives]::ConvertTo($Argument[$index],
                $parameter.ParameterType) : $parameter.DefaultValue
        }
        , $method.Invoke($InputObject, $all)
    }

    function Get-Internal { param($InputObject, [string] $Name) , $InputObject.GetType().GetProperty($Name, $any).GetValue($InputObject) }

    # The simulated host behind a target, wherever the target keeps it.
    function Get-SimulatedHost {
        param($InputObject, [int] $Depth = 3)
        foreach ($field in $InputObject.GetType().GetFields($any)) {
            if ($field.IsStatic) { continue }
            $held = $field.GetValue($InputObject)
            if ($held -is [XenShared.Targets.Simulated.SimulatedTarget]) { return $held }
            if ($Depth -gt 0 -and $held -and $field.FieldType.Namespace -like 'XenShared*' -and $field.FieldType.IsClass -and
                 $held -isnot [MulticastDelegate]) {
                $inner = Get-SimulatedHost $held ($Depth - 1)
                if ($inner) { return $inner }
            }
        }
    }

    function Get-Guest { param([int] $DomId) Invoke-Internal $simulated Guest $DomId }

    function Get-Page { param($Guest) Invoke-Internal $Guest SharedPage }

    function Step-Guest { param($Guest, [int] $Tick) $null = Invoke-Internal $Guest Advance $Tick }

    function Get-GuestVcpu { param($Guest, [int] $Vcpu = 0) @((Get-Internal $Guest Vcpus))[$Vcpu] }

    function Get-RecordPage { param($Guest, $Vcpu) Invoke-Internal (Get-Internal $Guest Memory) Page (Get-Internal $Vcpu RecordFrame) }

    function Set-Property {
        param($InputObject, [string] $Name, $Value) $InputObject.GetType().GetProperty($Name, $any).SetValue($InputObject, $Value)
    }

    # Sends the event of its disk, or of xenstore, which the vCPU then does not take.
    function Send-Waiting {
        $ports = Get-Internal $guest Ports
        $null = Invoke-Internal $guest Raise ($ports.ContainsKey([uint32]66) ? 66 : 1)
        Step-Guest $guest 100
    }

    function Set-Node { param($Path, $Value) $null = Invoke-Internal (Get-Internal $guest Store) set_Item @($Path, "$Value") }

    # Domain n of a simulated host is of kind (n - 1) modulo 15.
    $kinds = @{ PvTwoLevel = 1; PvFifo = 2; MiniOsIdle = 3; MiniOsBusy = 4; PvhTwoLevel = 5; PvhFifo = 6; Pv32TwoLevel = 8; HvmTwoLevel = 9
        PvStuck = 14; PvLost = 15 }

    # How each state comes about, and whether the tool itself can mend it.
    $causes = @{
        LostWakeup        = @{ Kind = 'PvLost'; Mends = $true; Cause = { } }
        SelectorSilent    = @{ Kind = 'PvLost'; Mends = $true; Cause = { } }
        StuckMasked       = @{ Kind = 'PvStuck'; Mends = $true; Cause = { } }
        UpcallStuck       = @{ Kind = 'PvTwoLevel'; Mends = $true; Cause = {
                $vcpu = Get-GuestVcpu $guest
                while (-not (Get-Internal $vcpu IsBlocked)) { Step-Guest $guest 1 }
                (Get-RecordPage $guest $vcpu)[(Invoke-Internal $guest Upcall $vcpu)] = 1
            }
        }
        UpcallMasked      = @{ Kind = 'MiniOsBusy'; Mends = $true; Force = $true; Cause = {
                $vcpu = Get-GuestVcpu $guest
                while (Get-Internal $vcpu IsInCriticalSection) { Step-Guest $guest 1 }
                (Get-RecordPage $guest $vcpu)[(Invoke-Internal $guest Upcall $vcpu) + 1] = 1
                Step-Guest $guest 50
            }
        }
        InterruptsOff     = @{ Kind = 'PvhFifo'; Cause = {
                Set-Property (Get-GuestVcpu $guest) IsSpinning $true
                Send-Waiting
            }
        }
        NoVcpuOnline      = @{ Kind = 'PvhTwoLevel'
            Cause = { foreach ($vcpu in (Get-Internal $guest Vcpus)) { Set-Property $vcpu IsOnline $false } } }
        VcpuOffline       = @{ Kind = 'PvTwoLevel'; Vcpus = 2; Cause = {
                Set-Property (Get-GuestVcpu $guest) IsOnline $false
                Send-Waiting
            }
        }
        CallbackMissing   = @{ Kind = 'PvFifo'; Cause = {
                Set-Property $guest HasCallback $false
                Send-Waiting
            }
        }
        ApicDisabled      = @{ Kind = 'PvhTwoLevel'; Cause = {
                Set-Property (Get-GuestVcpu $guest) IsApicEnabled $false
                Send-Waiting
            }
        }
        VectorNotTaken    = @{ Kind = 'HvmTwoLevel'; Cause = {
                Set-Property (Get-GuestVcpu $guest) IsInService $true
                Send-Waiting
            }
        }
        ClockVersionOdd   = @{ Kind = 'PvhTwoLevel'; Mends = $true
            Cause = { [BitConverter]::GetBytes([uint32]7).CopyTo((Get-Page $guest), 3072) } }
        'StuckMasked of a timer'           = @{ Kind = 'PvTwoLevel'; Mends = $true; Cause = {
                $page = Get-Page $guest
                $page[2560] = $page[2560] -bor 8
                Step-Guest $guest 100
            }
        }
        'UpcallStuck with masked channels' = @{ Kind = 'PvTwoLevel'; Mends = $true; StaysIll = $true; Cause = {
                & $causes.UpcallStuck.Cause
                $page = Get-Page $guest
                foreach ($port in (Get-XenEventChannel -DomId $domId -State Interdomain | Where-Object RemoteDomId -EQ 0).Port) {
                    $page[2560 + ($port -shr 3)] = $page[2560 + ($port -shr 3)] -bor (1 -shl ($port -band 7))
                }
            }
        }
        'ClockVersionOdd of a vCPU'        = @{ Kind = 'MiniOsBusy'; Cause = {
                $vcpu = Get-GuestVcpu $guest
                $null = $simulated.ReadSamples($simulated.ReadDomain($domId))
                Set-Property $vcpu IsClockFrozen $true
                $record = Get-RecordPage $guest $vcpu
                $record[(Get-Internal $vcpu RecordOffset) + 32] = $record[(Get-Internal $vcpu RecordOffset) + 32] -bor 1
            }
        }
        FrozenClock       = @{ Kind = 'PvhFifo'; Cause = {
                $null = $simulated.ReadSamples($simulated.ReadDomain($domId))
                foreach ($vcpu in (Get-Internal $guest Vcpus)) { Set-Property $vcpu IsClockFrozen $true }
            }
        }
        ClockJump         = @{ Kind = 'PvhFifo'; Cause = {
                foreach ($vcpu in (Get-Internal $guest Vcpus)) {
                    Set-Property $vcpu ClockStep ([long]20000000)
                    Set-Property $vcpu ClockStepAt ((Get-Internal $guest Now) + 300)
                }
            }
        }
        StaleRecord       = @{ Kind = 'MiniOsBusy'; Vcpus = 2; Cause = { Set-Property (Get-GuestVcpu $guest 1) IsClockFrozen $true } }
        DyingDomain       = @{ Kind = 'PvTwoLevel'; Cause = { $null = Invoke-Internal $guest Destroy 1 } }
        PeerGone          = @{ Kind = 'HvmTwoLevel'; Cause = { $null = Invoke-Internal $guest LosePeer 66 } }
        BackendGone       = @{ Kind = 'PvTwoLevel'; Cause = { $null = Invoke-Internal $guest LosePeer 66 } }
        HotplugFailed     = @{ Kind = 'PvhTwoLevel'; Cause = {
                Set-Node "/local/domain/0/backend/vif/$domId/0/state" 2
                Set-Node "/local/domain/0/backend/vif/$domId/0/hotplug-status" error
            }
        }
        DeviceNotConnected = @{ Kind = 'PvFifo'; Cause = { Set-Node "/local/domain/0/backend/vif/$domId/0/state" 2 } }
        StaleNodes        = @{ Kind = 'PvFifo'; Cause = {
                Set-Node "/local/domain/0/backend/vbd/$domId/51712/state" 6
                Set-Node "/local/domain/$domId/device/vbd/51712/state" 6
                $null = Invoke-Internal $guest Close @(66, $true)
            }
        }
        StorePortMismatch = @{ Kind = 'PvFifo'; Cause = { $null = Invoke-Internal $guest Close @(66, $true) } }
        LeftoverEvents    = @{ Kind = 'PvhTwoLevel'; Cause = { $page = Get-Page $guest; $page[2048 + 9] = $page[2048 + 9] -bor 0x20 } }
        WallClockOff      = @{ Kind = 'PvTwoLevel'; Mends = $true; Cause = {
                $page = Get-Page $guest
                [BitConverter]::GetBytes([BitConverter]::ToUInt32($page, 3076) + 61).CopyTo($page, 3076)
            }
        }
        PortsNearLimit    = @{ Kind = 'PvTwoLevel'; Cause = {
                $ports = Get-Internal $guest Ports
                $planned = $ports[[uint32]1].GetType()
                for ($port = 1; $ports.Count -lt 950; $port++) {
                    if ($ports.ContainsKey([uint32]$port)) { continue }
                    $reading = [XenShared.Hypervisor.EventChannelStatus]::new($port, 'Unbound', 0, 0, $null, $null)
                    $all = $planned.GetConstructors()[0].GetParameters() |
                        ForEach-Object { $_.HasDefaultValue ? $_.DefaultValue : $reading }
                    $null = Invoke-Internal $guest Bind ($planned.GetConstructors()[0].Invoke([object[]]$all))
                }
            }
        }
    }
}

Describe 'The advice of rule <_>' -ForEach $States {
    BeforeEach {
        $target = Connect-XenTarget -Simulated -DomainCount 15
        $simulated = Get-SimulatedHost $target
        $cause = $causes[$_]
        $cause | Should -Not -BeNullOrEmpty -Because 'each rule has a state here that it finds'
        $domId = $kinds[$cause.Kind]
        if ($cause.Vcpus) { $null = Invoke-Internal $simulated Replace @($domId, $cause.Vcpus) }
        $guest = Get-Guest $domId
        & $cause.Cause
    }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'is done without a refusal, and mends what it can' {
        $rule = ($_ -split ' ')[0]
        $faults = @(Find-XenFault -DomId $domId -Rule $rule)
        $faults | Should -Not -BeNullOrEmpty
        foreach ($fault in $faults) {
            $fault.Advice | Should -Not -BeNullOrEmpty
            $lines = [regex]::Matches($fault.Advice, $line).Value
            if (-not $lines) { ($outside | Where-Object { $fault.Advice -match $_ }) |
                Should -Not -BeNullOrEmpty -Because "nobody knows how to follow '$($fault.Advice)'" }
            Push-Location $TestDrive
            try {
                foreach ($one in $lines) {
                    $command = Get-Command ($one -split ' ')[0]
                    $asks = $command.Parameters.ContainsKey('Confirm') ? ' -Confirm:$false' : ''
                    { & ([scriptblock]::Create("$one$asks -ErrorAction Stop -WarningAction SilentlyContinue")) } |
                        Should -Not -Throw -Because "'$one' is its advice"
                }
            }
            finally { Pop-Location }
        }
        if (-not $cause.Mends) { return }
        $null = Invoke-Internal $guest Advance 500
        Find-XenFault -DomId $domId -Rule $rule | Should -BeNullOrEmpty -Because "'$($faults[0].Advice)' has been done"
        if (-not $cause.StaysIll) { "$($simulated.ReadHealth($domId).IsWell)" |
            Should -Be 'True' -Because $simulated.ReadHealth($domId).Reason }
    }
}
