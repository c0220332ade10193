# VM objects of toolstacks in the pipeline: those of the XenServer module, and what a script makes of the output of xe.
BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    $writing = '^(Set|Repair|Send|Undo)-'
    $selecting = $CommandNames | Where-Object { (Get-Command $_).Parameters.ContainsKey('Uuid') }
    $script:reading = foreach ($name in $selecting -notmatch $writing) { @{ Command = $name } }
    $script:poking = foreach ($name in $selecting -match $writing) { @{ Command = $name } }
    $script:shapes = @(
        @{ Shape = 'an object of the XenServer module'; Make = { param($vm) New-XenApiVm $vm } }
        @{ Shape = 'a row of xe'; Make = { param($vm) New-XeRow $vm } }
        @{ Shape = 'an object without a number'; Make = { param($vm) [pscustomobject]@{ name_label = $vm.Name; uuid = $vm.Uuid } } }
    )
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    # The part of the module's VM class that matters here, with its names and types.
    Add-Type -TypeDefinition @'
        namespace XenAPI
        {
            public enum vm_power_state { Halted, Paused, Running, Suspended, unknown }

            public class XenRef<T>
            {
                public XenRef(string opaqueRef) { opaque_ref = opaqueRef; }
                public string opaque_ref { get; private set; }
                public override string ToString() { return opaque_ref; }
            }

            public class Host { }

            public class VM
            {
                public string opaque_ref { get; set; }
                public string uuid { get; set; }
                public string name_label { get; set; }
                public vm_power_state power_state { get; set; }
                public bool is_a_template { get; set; }
                public bool is_control_domain { get; set; }
                public XenRef<Host> resident_on { get; set; }
                public long domid { get; set; }
                public long VCPUs_max { get; set; }
                public System.Collections.Generic.Dictionary<string, string> platform { get; set; }
            }
        }
'@
    function New-XenApiVm ($Vm) {
        [XenAPI.VM]@{
            opaque_ref = "OpaqueRef:$([guid]::NewGuid())"; uuid = $Vm.Uuid; name_label = $Vm.Name; domid = $Vm.DomId
            power_state = $Vm.DomId -lt 0 ? 'Halted' : 'Running'; VCPUs_max = 2; is_a_template = [bool]$Vm.Template
            resident_on = [XenAPI.XenRef[XenAPI.Host]]::new($Vm.DomId -lt 0 ? 'OpaqueRef:NULL' : "OpaqueRef:$($Vm.On)")
        }
    }
    function New-XeRow ($Vm) {
        [pscustomobject]@{
            'uuid' = $Vm.Uuid; 'name-label' = $Vm.Name; 'dom-id' = "$($Vm.DomId)"; 'power-state' = $Vm.DomId -lt 0 ? 'halted' : 'running'
            'resident-on' = $Vm.DomId -lt 0 ? '<not in database>' : $Vm.On
        }
    }

    # A pool of two hosts, both with domains 5 and 6, and a VM of a third one that is not connected.
    function Save-Host ([string] $HostName, [string[]] $Uuid) {
        $lines = foreach ($number in 0, 5, 6) {
            $line = New-DomainLine $number "vm-$number-of-$HostName"
            $line.uuid = $number -eq 0 ? [guid]::Empty : $Uuid[$number - 5]
            $line
            New-Sample $number (New-Page -Bound 1, 2 -Pending 2) -Live
            $ports = @{ port = 1; state = 'VirtualIrq'; irq = 0 }, @{ port = 2; state = 'Interdomain'; remoteDomid = 0; remotePort = 9 }
            New-PortsLine $number $ports
            New-DevicesLine $number (New-Device vif 0 @{ 'event-channel' = '2' })
        }
        Save-Capture "$TestDrive/$HostName.xencap" $lines -HostName $HostName
    }
    $uuids = @{ a5 = 'a5000000-8f90-4f6d-9213-000000000001'; a6 = 'a6000000-8f90-4f6d-9213-000000000002'
        b5 = 'b5000000-8f90-4f6d-9213-000000000003'; b6 = 'b6000000-8f90-4f6d-9213-000000000004' }
    $files = @((Save-Host 'host-a' $uuids.a5, $uuids.a6), (Save-Host 'host-b' $uuids.b5, $uuids.b6))
    $onA = @{ Name = 'web'; Uuid = $uuids.a5; DomId = 5; On = 'host-a' }
    $onB = @{ Name = 'database'; Uuid = $uuids.b5; DomId = 5; On = 'host-b' }
    $elsewhere = @{ Name = 'mail'; Uuid = 'c5000000-8f90-4f6d-9213-000000000005'; DomId = 5; On = 'host-c' }
    $halted = @{ Name = 'test'; Uuid = 'd5000000-8f90-4f6d-9213-000000000006'; DomId = -1; On = 'none' }

    $arguments = @{
        'Export-XenCapture' = "`"$TestDrive/out.xencap`""
        'Export-XenReport' = "`"$TestDrive/out.html`""
        'Find-XenFault' = '-IncludeRuleResult'
        'Get-XenP2M' = '-Pfn 1'
        'Repair-XenEventChannel' = '-Port 2 -PassThru -Confirm:$false'
        'Send-XenEvent' = '-Port 2 -Confirm:$false'
        'Set-XenEventChannel' = '-Port 2 -Masked $true -PassThru -Force -Confirm:$false'
        'Set-XenSharedInfo' = '-Field arch.nmi_reason -Value 0 -PassThru -Force -Confirm:$false'
        'Set-XenVcpuInfo' = '-Vcpu 0 -UpcallPending $true -PassThru -Force -Confirm:$false'
        'Wait-XenEventChannel' = '-Port 2 -Until Pending -TimeoutSec 5'
    }
    # Returns the output, and each error as its id, a space and its text.
    function Invoke-Piped ($Vm, [string] $Command) {
        $line = "`$Vm | $Command $($arguments[$Command]) -ErrorAction SilentlyContinue -ErrorVariable failed"
        $failed = @()
        # An error that ends the pipeline is thrown, and is not in the variable.
        $output = @(try { . ([scriptblock]::Create($line)) 3>$null } catch { $failed += $_ })
        $texts = foreach ($problem in $failed | Where-Object { $_ -is [Management.Automation.ErrorRecord] }) {
            "$($problem.FullyQualifiedErrorId -replace ',.*') $problem"
        }
        @{ Output = $output; Errors = @($texts) }
    }
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe '<Command> with <Shape>' -ForEach @(foreach ($case in $reading) { foreach ($shape in $shapes) { $case + $shape } }) {
    BeforeAll {
        Get-XenTarget | Disconnect-XenTarget
        $null = Connect-XenTarget -Path $files
        Remove-Item "$TestDrive/out.*" -ErrorAction Ignore
    }

    It 'reads each VM on its own host, and reports each of the others' {
        $found = Invoke-Piped @(foreach ($vm in $onA, $elsewhere, $onB, $halted) { & $Make $vm }) $Command
        if ($Command -like 'Export-*') {
            # An export reads one host.
            $found.Output | Should -BeNullOrEmpty
            $found.Errors -like 'TargetAmbiguous *' | Should -HaveCount 1
        }
        elseif ($Command -in 'Get-XenP2M', 'Watch-XenEventChannel') {
            # These captures have no P2M tables, and do not change.
            $found.Errors | Where-Object { $_ -like 'NotSupportedByHost *host-a*' } | Should -Not -BeNullOrEmpty
            $found.Errors | Where-Object { $_ -like 'NotSupportedByHost *host-b*' } | Should -Not -BeNullOrEmpty
        }
        else {
            $found.Output | ForEach-Object { "$($_.DomId) $($_.HostName)" } | Sort-Object -Unique | Should -Be '5 host-a', '5 host-b'
        }
        $missing = @($found.Errors -like 'DomainNotFound *')
        $missing | Should -HaveCount 2
        $missing[0] | Should -BeLike "*VM 'mail' (UUID $($elsewhere.Uuid)) is not * of any of the 2 targets.*"
        $missing[1] | Should -BeLike "*VM 'test' (UUID $($halted.Uuid)) *"
    }
}

Describe 'VM objects' {
    BeforeEach {
        Get-XenTarget | Disconnect-XenTarget
        $null = Connect-XenTarget -Path $files
    }

    It 'are exported from their host by <_>' -ForEach 'Export-XenCapture', 'Export-XenReport' {
        Remove-Item "$TestDrive/out.*" -ErrorAction Ignore
        $found = Invoke-Piped (New-XenApiVm $onB), (New-XenApiVm @{ Name = 'second'; Uuid = $uuids.b6; DomId = 6; On = 'host-b' }) $_
        $found.Errors | Should -BeNullOrEmpty
        $text = Get-Content $found.Output -Raw
        if ($_ -eq 'Export-XenReport') { $text | Should -Match 'vm-6-of-host-b'; $text | Should -Not -Match 'of-host-a|vm-0' }
        else { (Get-XenDomain -Path $found.Output).Uuid | Should -Be $uuids.b5, $uuids.b6 }
    }

    It 'never select the domain with the number on another host, with one target too' {
        Get-XenTarget | Disconnect-XenTarget
        $null = Connect-XenTarget -Path $files[0]
        $found = Invoke-Piped (New-XenApiVm $onB), (New-XenApiVm $onA) Get-XenEventChannel
        $found.Output.HostName | Select-Object -Unique | Should -Be 'host-a'
        $found.Errors | Should -HaveCount 1
        $found.Errors | Should -BeLike "DomainNotFound VM 'database' (UUID $($uuids.b5)) is not domain 5 of *host-a.xencap*"
    }

    It 'that have got another number since are not read, and the error names it' {
        $found = Invoke-Piped (New-XenApiVm @{ Name = 'web'; Uuid = $uuids.b6; DomId = 5; On = 'host-b' }) Get-XenDomain
        $found.Output | Should -BeNullOrEmpty
        $found.Errors | Should -BeLike "DomainNotFound VM 'web' (UUID $($uuids.b6)) is not domain 5: it is domain 6 on *host-b.xencap*"
    }

    It 'that are halted have an error each, which names them and does not end the pipeline' {
        $off = foreach ($number in 1..3) {
            New-XenApiVm @{ Name = "off-$number"; DomId = -1; Uuid = [guid]::NewGuid(); Template = $number -eq 3 }
        }
        $found = Invoke-Piped @($off[0], (New-XenApiVm $onA), $off[1], $off[2]) Get-XenDomain
        $found.Output.HostName | Should -Be 'host-a'
        $found.Errors | Should -HaveCount 3
        foreach ($number in 1..3) { $found.Errors[$number - 1] | Should -BeLike "DomainNotFound VM 'off-$number' (UUID *) *halted*" }
        @($off; (New-XenApiVm $onA)) | Where-Object domid -GE 0 | Get-XenDomain | Should -HaveCount 1
    }

    It 'with names of any text are not patterns, and errors show them safely' {
        $found = Invoke-Piped (New-XenApiVm @{ Name = "*`e[31m"; DomId = 5; Uuid = [guid]::NewGuid() }) Get-XenDomain
        $found.Output | Should -BeNullOrEmpty
        $found.Errors | Should -HaveCount 1
        $found.Errors | Should -BeLike "DomainNotFound VM '``*``?``[31m'*"
        $found = Invoke-Piped ([pscustomobject]@{ name_label = '*' }), ([pscustomobject]@{ name_label = 'vm-6-of-host-b' }) Get-XenDomain
        $found.Output.HostName | Should -Be 'host-b'
        # Neither host has a domain named *, and host-a does not have the other.
        $found.Errors | Should -HaveCount 3
    }

    It 'without a UUID are selected by their number, on every target' {
        $vms = [pscustomobject]@{ domid = 5L; name_label = 'web'; uuid = '' }, [pscustomobject]@{ domid = 5L; uuid = $null }
        $found = Invoke-Piped $vms Get-XenDomain
        $found.Errors | Should -BeNullOrEmpty
        $found.Output | Should -HaveCount 4
    }

    It 'with a text that is no UUID are refused' {
        $found = Invoke-Piped ([pscustomobject]@{ domid = 5L; uuid = 'web' }) Get-XenDomain
        $found.Output | Should -BeNullOrEmpty
        $found.Errors | Should -BeLike "ParameterArgumentTransformationError *'web' is not a UUID*"
    }

    It 'are read from the files of -Path, by their UUID' {
        $vms = (New-XenApiVm $onA), (New-XenApiVm $onB)
        $found = $vms | Get-XenDomain -Path $files -ErrorAction Stop
        $found.HostName | Should -Be 'host-a', 'host-b'
    }

    It 'are read on the hosts that remain when a target has been disconnected' {
        $targets = Get-XenTarget
        $targets[1] | Disconnect-XenTarget
        $found = (New-XenApiVm $onA), (New-XenApiVm $onB) |
            Get-XenDomain -Target $targets -ErrorAction SilentlyContinue -ErrorVariable failed
        $found.HostName | Should -Be 'host-a'
        $failed.FullyQualifiedErrorId -replace ',.*' | Should -Be 'TargetDisconnected', 'DomainNotFound'
    }
}

Describe 'The UUID' {
    BeforeAll {
        Get-XenTarget | Disconnect-XenTarget
        $null = Connect-XenTarget -Path $files
    }

    It 'selects domains: <Line>' -ForEach @(
        @{ Line = 'Get-XenDomain -Uuid $uuids.b6'; Expected = $null, '6 host-b' }
        @{ Line = 'Get-XenDomain -Uuid $uuids.b6, $uuids.a5'; Expected = '5 host-a', '6 host-b' }
        @{ Line = 'Get-XenDomain -Uuid $uuids.b6, $uuids.a5 -HostName host-a'; Expected = $null, '5 host-a'; Missing = 1 }
        @{ Line = 'Get-XenDomain -Uuid $uuids.b6, $uuids.a5 -Name *host-b'; Expected = $null, '6 host-b' }
        @{ Line = 'Get-XenDomain 5, 6 -Uuid $uuids.b6'; Expected = $null, '6 host-b' }
        @{ Line = 'Get-XenDomain 5 -Uuid $uuids.b6'; Expected = @(); Missing = 1 }
        @{ Line = 'Get-XenDomain | Get-XenDomain'; Expected = '0 host-a', '0 host-b', '5 host-a', '5 host-b', '6 host-a', '6 host-b' }
    ) {
        $failed = @()
        $found = . ([scriptblock]::Create("$Line -ErrorAction SilentlyContinue -ErrorVariable failed"))
        $found | ForEach-Object { "$($_.DomId) $($_.HostName)" } | Sort-Object | Should -Be @($Expected | Where-Object { $_ })
        @($failed) | Should -HaveCount ([int]$_.Missing)
        $failed | Where-Object FullyQualifiedErrorId -NotLike 'DomainNotFound,*' | Should -BeNullOrEmpty
    }

    It 'of a domain of this module is compared on its host' {
        $stale = Get-XenDomain 5 | Where-Object HostName -EQ host-a | ConvertTo-Deserialized
        $stale.Uuid = [guid]::NewGuid()
        $stale | Get-XenEventChannel -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
        $failed | Should -HaveCount 1
        "$($failed[0])" | Should -BeLike "Domain 5 on *host-a.xencap has the UUID $($uuids.a5), so it is not *$($stale.Uuid)*"
    }
}

Describe '<Command> with VM objects' -ForEach $poking {
    BeforeEach {
        Get-XenTarget | Disconnect-XenTarget
        $null = Connect-XenTarget -Simulated -DomainCount 4
        $vm = @{ Name = 'pool-vm'; Uuid = (Get-XenDomain 4).Uuid; DomId = 4; On = 'host-a' }
    }

    It 'writes to the domain with the number and the UUID' {
        $found = Invoke-Piped (New-XenApiVm $vm), (New-XeRow $vm) $Command
        $found.Errors | Should -BeNullOrEmpty
        $found.Output.DomId | Select-Object -Unique | Should -Be 4
    }

    It 'writes nothing to another domain with the number' {
        $found = Invoke-Piped (New-XenApiVm $onA), (New-XeRow ($vm + @{ Template = $false })), (New-XenApiVm $halted) $Command
        $found.Output.DomId | Select-Object -Unique | Should -Be 4
        $found.Errors | Should -HaveCount 2
        $found.Errors[0] | Should -BeLike "DomainNotFound VM 'web' (UUID $($uuids.a5)) is not domain 5 of the simulated host*"
        $found.Errors[1] | Should -BeLike "DomainNotFound VM 'test' *halted*"
        $wrong = $vm.Clone()
        $wrong.Uuid = [guid]::NewGuid()
        $found = Invoke-Piped (New-XenApiVm $wrong) $Command
        $found.Output | Should -BeNullOrEmpty
        $found.Errors | Should -BeLike "DomainNotFound VM 'pool-vm' (UUID $($wrong.Uuid)) is not domain 4 of *"
    }

    It 'chooses the target of the VM among several' {
        Get-XenTarget | Disconnect-XenTarget
        $null = Connect-XenTarget -Path $files
        $found = Invoke-Piped (New-XenApiVm $onB), (New-XenApiVm $elsewhere) $Command
        $found.Output | Should -BeNullOrEmpty
        # A capture cannot be written, so the error shows which target was chosen.
        $found.Errors | Should -HaveCount 2
        $found.Errors[0] | Should -BeLike 'NotSupportedByHost *host-b.xencap*'
        $found.Errors[1] | Should -BeLike "DomainNotFound VM 'mail' * is not domain 5 of any of the 2 targets*"
    }
}
