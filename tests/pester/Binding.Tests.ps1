BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    $script:selecting = foreach ($name in $CommandNames) {
        if ((Get-Command $name).Parameters.ContainsKey('DomId')) { @{ Command = $name } }
    }
    $script:forms = @(
        @{ Form = 'a number at position 0'; Line = '{0} 4 {1}'; Missing = '{0} 999 {1}' }
        @{ Form = 'a name at position 0'; Line = '{0} sim-minios-busy-4 {1}'; Missing = '{0} nobody {1}' }
        @{ Form = 'a pattern at position 0'; Line = '{0} sim-*-busy-* {1}' }
        @{ Form = 'a number after -DomId'; Line = '{0} -DomId 4 {1}'; Missing = '{0} -DomId 999 {1}' }
        @{ Form = 'a name after -Name'; Line = '{0} -Name sim-minios-busy-4 {1}'; Missing = '{0} -Name nobody {1}' }
        @{ Form = 'a name after -VMName'; Line = '{0} -VMName sim-minios-busy-4 {1}'; Missing = '{0} -VMName nobody {1}' }
        @{ Form = 'a name after -DomainName'; Line = '{0} -DomainName sim-minios-busy-4 {1}' }
        @{ Form = 'a piped number'; Line = '4 | {0} {1}'; Missing = '999 | {0} {1}' }
        @{ Form = 'a piped number as text'; Line = "'4' | {0} {1}"; Missing = "'999' | {0} {1}" }
        @{ Form = 'a piped name'; Line = "'sim-minios-busy-4' | {0} {1}"; Missing = "'nobody' | {0} {1}" }
        @{ Form = 'a piped domain'; Line = 'Get-XenDomain -DomId 4 | {0} {1}' }
        @{ Form = 'a piped vCPU'; Line = 'Get-XenVcpuInfo -DomId 4 -SampleSeconds 0 | Select -First 1 | {0} {1}' }
        @{ Form = 'a piped object with a DomId'; Line = '[pscustomobject]@{{ DomId = 4 }} | {0} {1}'
            Missing = '[pscustomobject]@{{ DomId = 999 }} | {0} {1}' }
        @{ Form = 'a piped object with a Name'; Line = "[pscustomobject]@{{ Name = 'sim-minios-busy-4' }} | {0} {1}"
            Missing = "[pscustomobject]@{{ Name = 'nobody' }} | {0} {1}" }
        @{ Form = 'a piped object with a VMName'; Line = "[pscustomobject]@{{ VMName = 'sim-minios-busy-4' }} | {0} {1}" }
        @{ Form = 'a piped row of CSV with a Name'; Line = "'Name,Owner', 'sim-minios-busy-4,web team' | ConvertFrom-Csv | {0} {1}"
            Missing = "'Name,Owner', 'nobody,web team' | ConvertFrom-Csv | {0} {1}" }
        @{ Form = 'a piped row of CSV with a host and a Name'
            Line = "'ComputerName,Name', 'simulated,sim-minios-busy-4' | ConvertFrom-Csv | {0} {1}" }
        @{ Form = 'the number of a piped object that has a name too'
            Line = "[pscustomobject]@{{ Name = 'sim-pv-2l-1'; DomId = 4 }} | {0} {1}" }
    )
    # Cmdlets that read domains and write nothing can read them from a file too.
    $script:reading = $selecting | Where-Object { $_.Command -notmatch '^Export-' -and -not (Get-Command $_.Command).Parameters['LogPath'] }
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    # What each cmdlet needs besides the domain.
    $others = @{
        'Export-XenCapture' = "`"$TestDrive/out.xencap`" -SampleSeconds 0"
        'Export-XenReport' = "`"$TestDrive/out.html`" -SampleSeconds 0"
        'Find-XenFault' = '-IncludeRuleResult -SampleCount 1'
        'Repair-XenEventChannel' = '-Port 2 -PassThru -Confirm:$false'
        'Send-XenEvent' = '-Port 2 -Confirm:$false'
        'Set-XenEventChannel' = '-Port 2 -Pending $false -PassThru -Force -Confirm:$false'
        'Set-XenSharedInfo' = '-Field arch.nmi_reason -Value 0 -PassThru -Force -Confirm:$false'
        'Set-XenVcpuInfo' = '-Vcpu 0 -UpcallPending $true -PassThru -Force -Confirm:$false'
        'Test-XenEventChannel' = '-Port 2'
        'Wait-XenEventChannel' = '-Port 2 -Until Unmasked -TimeoutSec 5 -IntervalMilliseconds 1'
        'Watch-XenEventChannel' = '-Count 5 -IntervalMilliseconds 1'
    }

    function Invoke-Form ([string] $Form, [string] $Command) {
        $ErrorActionPreference = 'Stop'
        & ([scriptblock]::Create(($Form -f $Command, $others[$Command])))
    }
}

Describe '<Command>' -ForEach $selecting {
    BeforeAll { $null = Connect-XenTarget -Simulated -DomainCount 4 }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'takes <Form>' -ForEach $forms {
        # An export has its path at position 0.
        if ($Command -like 'Export-*' -and $Form -like '* position 0') { return }
        Remove-Item "$TestDrive/out.*" -ErrorAction Ignore
        $found = Invoke-Form $Line $Command 3>$null
        if ($Command -like 'Export-*') {
            $found.Name | Should -BeLike 'out.*'
            $found | Get-Content -Raw | Should -Not -Match 'sim-minios-3'
            if ($Command -eq 'Export-XenCapture') { (Get-XenDomain -Path $found).DomId | Should -Be 4 }
            else { $found | Get-Content -Raw | Should -Match 'sim-minios-busy-4' }
        }
        elseif ($Command -notmatch '^(Watch|Find)-|^Get-XenP2M$' -or $found) { $found.DomId | Select-Object -Unique | Should -Be 4 }
        if (-not $Missing) { return }
        { Invoke-Form $Missing $Command 3>$null } |
            Should -Throw -ErrorId "DomainNotFound,XenShared.PowerShell.Commands.$($Command -replace '-')Command"
    }
}

Describe 'Domains of files' {
    BeforeAll {
        $capture = New-TestCapture
        $null = Connect-XenTarget -Simulated -DomainCount 4
        $others['Find-XenFault'] = '-IncludeRuleResult'
        $others['Test-XenEventChannel'] = '-Port 1'
        $others['Wait-XenEventChannel'] = '-Port 1 -Until Unmasked'
    }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It '<Command> reads <Form>' -ForEach @(
        foreach ($case in $reading) {
            foreach ($form in @(
                @{ Form = 'a number at position 0 with -Path'; Line = '{0} 3 -Path $capture {1}' }
                @{ Form = 'a name at position 0 with -Path'; Line = '{0} grub64 -Path $capture {1}' }
                @{ Form = 'a name at position 0 with -LiteralPath'; Line = '{0} grub64 -LiteralPath $capture {1}' }
                @{ Form = 'a number and a name with -Path'; Line = '{0} -DomId 3, 5 -Name grub* -Path $capture {1}' }
                @{ Form = 'a piped number with -Path'; Line = '3 | {0} -Path $capture {1}' }
                @{ Form = 'a piped name with -Path'; Line = "'grub64' | {0} -Path `$capture {1}" }
                @{ Form = 'a piped domain with -Path'; Line = 'Get-XenDomain -DomId 3 | {0} -Path $capture {1}' }
                @{ Form = 'a name at position 0 and piped files'; Line = 'Get-Item $capture | {0} grub64 {1}' }
                @{ Form = 'a number at position 0 and piped files'; Line = 'Get-Item $capture | {0} 3 {1}' }
            )) { $form + $case }
        }
    ) {
        # A file does not change, and a capture has no P2M table.
        if ($Command -in 'Get-XenP2M', 'Watch-XenEventChannel') {
            { Invoke-Form $Line $Command } |
                Should -Throw -ErrorId "NotSupportedByHost,XenShared.PowerShell.Commands.$($Command -replace '-')Command"
            return
        }
        $found = Invoke-Form $Line $Command 3>$null
        $found.DomId | Select-Object -Unique | Should -Be 3
        $found | Where-Object HostName -NE 'xen-test' | Should -BeNullOrEmpty
    }

    It 'all, when files are piped to <Command>' -ForEach $reading {
        $found = Invoke-Form 'Get-Item $capture | {0} {1} -ErrorAction Ignore' $Command 3>$null
        if ($Command -notmatch '^Watch-|^Get-XenP2M$') { @($found.DomId | Select-Object -Unique).Count | Should -BeGreaterThan 1 }
    }

    It '<Command> goes on after a bad file' -ForEach $reading {
        Set-Content "$TestDrive/bad.xencap" 'hello'
        $line = '{0} -LiteralPath "$TestDrive/bad.xencap", $capture -DomId 3 {1} -ErrorAction SilentlyContinue -ErrorVariable failed'
        $found = & ([scriptblock]::Create(($line -f $Command, $others[$Command]))) 3>$null
        if ($Command -notmatch '^Watch-|^Get-XenP2M$') { $found.DomId | Select-Object -Unique | Should -Be 3 }
        { Invoke-Form '{0} -LiteralPath "$TestDrive/bad.xencap" {1}' $Command } |
            Should -Throw -ErrorId "FileNotRecognised,XenShared.PowerShell.Commands.$($Command -replace '-')Command"
    }

    It '<Command> takes one of -Target, -Path and -LiteralPath: <Form>' -ForEach @(
        foreach ($case in $reading) {
            foreach ($form in '{0} -Path $capture -Target (Get-XenTarget) {1}', '{0} -Path $capture -LiteralPath $capture {1}',
                'Get-XenTarget | {0} -Path $capture {1}', 'Get-Item $capture | {0} -Path $capture {1}',
                'Get-Item $capture | {0} -Target (Get-XenTarget) {1}') { $case + @{ Form = $form } }
        }
    ) {
        { Invoke-Form $Form $Command } |
            Should -Throw -ErrorId "AmbiguousParameterSet,XenShared.PowerShell.Commands.$($Command -replace '-')Command"
    }
}

Describe 'Domains by name' {
    BeforeAll { $null = Connect-XenTarget -Simulated -DomainCount 8 }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'can be several: <Line>' -ForEach @(
        @{ Line = 'Get-XenDomain sim-grub-7, sim-minios-3'; DomId = 3, 7 }
        @{ Line = "'sim-grub-7', 3 | Get-XenDomain"; DomId = 7, 3 }
        @{ Line = "3, 'sim-grub-7', 'sim-*-3' | Find-XenFault -IncludeRuleResult -SampleCount 1"; DomId = 3, 7 }
        @{ Line = 'Get-XenTarget | Get-XenDomain sim-grub*'; DomId = 7 }
        @{ Line = '3, 7 | Get-XenDomain -Name sim-grub*'; DomId = 7 }
        @{ Line = '3, 7 | Find-XenFault sim-grub* -IncludeRuleResult -SampleCount 1'; DomId = 7 }
    ) {
        (& ([scriptblock]::Create($Line)) 3>$null).DomId | Select-Object -Unique | Should -Be $DomId
    }

    It 'are exported together with those by number' {
        $file = 3, 'sim-grub-7' | Export-XenCapture "$TestDrive/both.xencap" -SampleSeconds 0
        (Get-XenDomain -Path $file).DomId | Should -Be 3, 7
    }

    It 'each have an error with the name that was not found' {
        $null = 'nobody', 'sim-grub-7', 'noone' |
            Find-XenFault -SampleCount 1 -ErrorAction SilentlyContinue -ErrorVariable failed -WarningAction Ignore
        $failed.TargetObject | Should -Be 'nobody', 'noone'
    }

    It 'are not made from other objects: <_>' -ForEach '[pscustomobject]@{ a = 1 }', 'Get-Date', "[version]'1.2'" {
        { & ([scriptblock]::Create("`$ErrorActionPreference = 'Stop'; $_ | Get-XenDomain")) } |
            Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'must be one for a cmdlet that writes' {
        { Send-XenEvent sim-* 2 -Confirm:$false -ErrorAction Stop } |
            Should -Throw -ErrorId 'DomainAmbiguous,XenShared.PowerShell.Commands.SendXenEventCommand'
    }

    It 'are completed at position 0: <Line>' -ForEach @(
        @{ Line = 'Get-XenEventChannel sim-gr'; Expected = 'sim-grub-7' }
        @{ Line = 'Send-XenEvent SIM-GR'; Expected = 'sim-grub-7' }
        @{ Line = 'Get-XenDomain 7'; Expected = '7' }
        @{ Line = 'Get-XenDomain sim-grub-7, sim-m'; Expected = 'sim-minios-3', 'sim-minios-busy-4' }
    ) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText | Should -Be $Expected
    }

    It 'are not completed as numbers' {
        $line = 'Get-XenDomain -DomId sim-gr'
        (TabExpansion2 $line $line.Length).CompletionMatches | Where-Object { "$($_.CompletionText)" -match 'sim-' } | Should -BeNullOrEmpty
    }
}

Describe 'Set-XenSharedInfo' {
    BeforeAll { $null = Connect-XenTarget -Simulated -DomainCount 1 }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'sets a field or the wall clock: <Line>' -ForEach @(
        @{ Line = 'Set-XenSharedInfo 1'; Id = 'NothingToSet' }
        @{ Line = 'Set-XenSharedInfo 1 wc_sec'; Id = 'NothingToSet' }
        @{ Line = 'Set-XenSharedInfo 1 -Value 3'; Id = 'NothingToSet' }
        @{ Line = 'Set-XenSharedInfo 1 wc_sec 3 -WallClock 2030-01-01'; Id = 'AmbiguousParameterSet' }
    ) {
        { & ([scriptblock]::Create($Line)) } | Should -Throw -ErrorId "$Id,XenShared.PowerShell.Commands.SetXenSharedInfoCommand"
    }

    It 'takes a piped domain with -WallClock' {
        (Get-XenDomain -DomId 1 | Set-XenSharedInfo -WallClock 2030-01-01 -Force -PassThru -Confirm:$false).DomId |
            Select-Object -Unique | Should -Be 1
    }
}
