BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Get-XenDomain' {
    It 'lists all domains, lowest number first' {
        $domains = Get-XenDomain
        $domains.DomId | Should -Be 0, 3, 5, 6, 7, 8
        $domains[0].PSTypeNames[0] | Should -Be 'XenShared.XenDomain'
    }

    It 'gives the properties that runbooks rely on' {
        $domain = Get-XenDomain -DomId 5
        $domain.DomId | Should -BeOfType [uint16]
        $domain.Name | Should -BeExactly 'web01'
        $domain.Uuid | Should -Be ([guid]'7f367745-8f90-4f6d-9213-000000000005')
        "$($domain.Type)" | Should -BeExactly 'PV'
        "$($domain.State)" | Should -BeExactly 'Paused'
        $domain.VcpuCount | Should -Be 2
        $domain.Width | Should -Be 64
        "$($domain.EventAbi)" | Should -BeExactly 'TwoLevel'
        $domain.AbiEvidence | Should -Not -BeNullOrEmpty
        $domain.SharedInfoFrame | Should -BeOfType [uint64]
        $domain.SharedInfoFrame | Should -Be 0xbfc55
        $domain.CpuTime | Should -Be ([timespan]::FromSeconds(30.3))
        $domain.MemoryBytes | Should -Be 128MB
        $domain.HostName | Should -BeExactly 'xen-test'
    }

    It 'shows why a domain shut down, and nothing for one that did not' {
        $path = Join-Path $TestDrive 'ended.xencap'
        $ended = New-DomainLine 4 'ended' -State Crashed
        $ended.shutdownReason = 'Watchdog'
        Save-Capture $path @($ended, (New-DomainLine 5 'web01'))
        $domains = Get-XenDomain -Path $path
        $domains[0].ShutdownReason | Should -Be ([XenShared.ShutdownReason]::Watchdog)
        $domains[1].ShutdownReason | Should -BeNullOrEmpty
        $domains[0] | Format-List | Out-String | Should -Match 'ShutdownReason +: Watchdog'
        $domains[1] | Format-List | Out-String | Should -Not -Match 'ShutdownReason'
    }

    It 'leaves null what is not known' {
        (Get-XenDomain -DomId 7).SharedInfoFrame | Should -BeNullOrEmpty
        (Get-XenDomain -DomId 7).Width | Should -BeNullOrEmpty
        "$((Get-XenDomain -DomId 7).EventAbi)" | Should -BeExactly 'Unknown'
        (Get-XenDomain -DomId 8).Name | Should -BeNullOrEmpty
    }

    It 'takes numbers in their order' {
        (Get-XenDomain 6, 3).DomId | Should -Be 6, 3
    }

    It 'takes names with wildcards, whatever their case' {
        (Get-XenDomain -Name 'WEB*').DomId | Should -Be 5, 6
        (Get-XenDomain -Name 'grub64', 'web01').DomId | Should -Be 3, 5
        (Get-XenDomain -Name 'db`[1`]').DomId | Should -Be 7
    }

    It 'takes what fits both when numbers and names are given' {
        (Get-XenDomain -DomId 3, 5 -Name 'web*').DomId | Should -Be 5
        Get-XenDomain -DomId 3 -Name 'web*' | Should -BeNullOrEmpty
        { Get-XenDomain -DomId 99 -Name 'web*' -ErrorAction Stop } | Should -Throw -ErrorId 'DomainNotFound,*'
    }

    It 'reports a number that does not exist, and goes on' {
        $domains = Get-XenDomain -DomId 4, 5 -ErrorVariable failed -ErrorAction SilentlyContinue
        $domains.DomId | Should -Be 5
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'DomainNotFound,XenShared.PowerShell.Commands.GetXenDomainCommand'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].TargetObject | Should -Be 4
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'Get-XenDomain'
    }

    It 'shows what to do once, below what happened' {
        $shown = Get-XenDomain -DomId 4 -ErrorAction Continue 2>&1 | ForEach-Object { $_ | Out-String -Width 500 }
        $shown | Should -Match 'There is no domain 4'
        ([regex]::Matches($shown, 'list(s)? the domains')).Count | Should -Be 1
        $record = Get-XenDomain -Name 'nobody' -ErrorAction Continue 2>&1
        $record.ErrorDetails.Message | Should -Not -Match 'list the domains'
        $record.ErrorDetails.RecommendedAction | Should -BeExactly 'List the domains to see their names.'
    }

    It 'reports a name that does not exist, but not a wildcard that nothing matches' {
        Get-XenDomain -Name 'nobody' -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'DomainNotFound,XenShared.PowerShell.Commands.GetXenDomainCommand'
        $failed[0].TargetObject | Should -Be 'nobody'
        Get-XenDomain -Name 'nobody*' -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'refuses -1 with the reason, and goes on' -ForEach @(
        @{ Number = -1 }, @{ Number = '-1' }, @{ Number = [long]-1 }, @{ Number = @(5, -1) },
            @{ Number = [Collections.Generic.List[int]]@(-1, 5) }
    ) {
        $domains = Get-XenDomain -DomId $Number -ErrorVariable failed -ErrorAction SilentlyContinue
        $domains.DomId | Should -Be ($Number -is [Collections.IList] ? 5 : $null)
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'DomainNotFound,XenShared.PowerShell.Commands.GetXenDomainCommand'
        $failed[0].TargetObject | Should -Be -1
        "$($failed[0])" | Should -Match 'halted VM has no domain'
    }

    It 'refuses -DomId with nothing in it, so that an empty variable does not mean all domains' -ForEach @(@{ Nothing = $null },
        @{ Nothing = @() }) {
        { Get-XenDomain -DomId $Nothing } | Should -Throw -ErrorId 'DomIdEmpty,XenShared.PowerShell.Commands.GetXenDomainCommand'
    }
}

Describe 'The pipeline' {
    It 'binds numbers by value' {
        (3, 5 | Get-XenDomain).DomId | Should -Be 3, 5
    }

    It 'binds the property <Property>' -ForEach @(@{ Property = 'DomId' }, @{ Property = 'Id' }, @{ Property = 'domid' }) {
        ([pscustomobject]@{ $Property = 5 } | Get-XenDomain).DomId | Should -Be 5
    }

    It 'binds VM records of other modules, whose domid is a long and -1 for a halted VM' {
        $records = [pscustomobject]@{ name_label = 'web01'; domid = 5L }, [pscustomobject]@{ name_label = 'off'; domid = -1L },
            [pscustomobject]@{ domid = 6L }
        $domains = $records | Get-XenDomain -ErrorVariable failed -ErrorAction SilentlyContinue
        $domains.DomId | Should -Be 5, 6
        $failed.FullyQualifiedErrorId | Should -Be 'DomainNotFound,XenShared.PowerShell.Commands.GetXenDomainCommand'
    }

    It 'passes domains, pages, vCPUs and channels on to <Name>' -ForEach @(
        @{ Name = 'Get-XenDomain' }, @{ Name = 'Get-XenSharedInfo' }, @{ Name = 'Get-XenVcpuInfo' }, @{ Name = 'Get-XenEventChannel' }
    ) {
        $things = @((Get-XenDomain -DomId 5), (Get-XenSharedInfo -DomId 5), (Get-XenVcpuInfo -DomId 5 -Vcpu 0),
            (Get-XenEventChannel -DomId 5 -Port 3))
        foreach ($thing in $things) { ($thing | & $Name).DomId | Select-Object -Unique | Should -Be 5 }
    }

    It 'gives nothing, and no error, for null to <Name>' -ForEach @(
        @{ Name = 'Get-XenDomain' }, @{ Name = 'Get-XenSharedInfo' }, @{ Name = 'Get-XenVcpuInfo' }, @{ Name = 'Get-XenEventChannel' }
    ) {
        $null | & $Name -ErrorAction Stop | Should -BeNullOrEmpty
        @() | & $Name -ErrorAction Stop | Should -BeNullOrEmpty
        Get-XenDomain -Name 'nobody*' | & $Name -ErrorAction Stop | Should -BeNullOrEmpty
        [pscustomobject]@{ domid = $null } | & $Name -ErrorAction Stop | Should -BeNullOrEmpty
        $null | & $Name -Name '*' -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'leaves no error behind when the rest of the output is not wanted' {
        $Error.Clear()
        Get-XenDomain | Select-Object -First 1 | Should -HaveCount 1
        Get-XenEventChannel -WarningAction SilentlyContinue | Select-Object -First 1 | Should -HaveCount 1
        Get-XenSharedInfo -ErrorAction SilentlyContinue | Select-Object -First 1 | Should -HaveCount 1
        $Error | Should -BeNullOrEmpty
    }

    It 'streams: the first object comes before the last is read' {
        $seen = [Collections.Generic.List[string]]::new()
        Get-XenDomain -DomId 3, 4, 5 -ErrorAction SilentlyContinue -ErrorVariable +late |
            ForEach-Object { $seen.Add("$($_.DomId) after $($late.Count) errors") }
        $seen | Should -Be '3 after 0 errors', '5 after 1 errors'
    }

    It 'asks one target while another pipeline runs over it' {
        $pairs = Get-XenDomain -DomId 3, 5 |
            ForEach-Object { $domain = $_; Get-XenEventChannel -DomId $_.DomId | ForEach-Object { "$($domain.DomId)=$($_.DomId)" } }
        $pairs | Select-Object -Unique | Should -Be '3=3', '5=5'
    }
}

Describe 'Ctrl+C' {
    BeforeAll {
        $lines = foreach ($number in 1..400) {
            New-DomainLine $number "guest$number"
            New-Sample $number (New-Page -Bound 3)
            New-PortsLine $number @{ port = 3; state = 'VirtualIrq'; irq = 0 } -ValidPorts 131072
        }
        $large = Save-Capture (Join-Path $TestDrive 'large.xencap') $lines
    }

    It 'ends <What> within a second' -ForEach @(
        @{ What = 'a query that writes objects'; Command = 'Get-XenEventChannel -IncludeClosed' }
        @{ What = 'a query that finds nothing'; Command = 'Get-XenEventChannel -IncludeClosed -Pending' }
    ) {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$ModuleFolder'; `$null = Connect-XenTarget -Path '$large'").Invoke()
            $shell.Commands.Clear()
            $run = $shell.AddScript($Command).BeginInvoke()
            Start-Sleep -Milliseconds 500
            $run.IsCompleted | Should -BeFalse -Because 'the query must still run for the test to mean anything'
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 1
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $shell.Streams.Error | Should -BeNullOrEmpty
        }
        finally { $shell.Dispose() }
    }
}
