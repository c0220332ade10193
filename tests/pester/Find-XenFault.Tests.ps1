BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $data = Join-Path $RepositoryRoot 'tests/data'
    $quick = Join-Path $data 'bookworm-quick.xencap'
    $paused = Join-Path $data 'bookworm-quick-paused.xencap'

    # A capture with a fault in it: a disk's channel is masked, and an event waits.
    function New-StuckCapture {
        param([string] $Name, [switch] $Well)
        $timer = @{ port = 3; state = 'VirtualIrq'; irq = 0 }
        $disk = @{ port = 5; state = 'Interdomain'; remoteDomid = 0; remotePort = 40 }
        Save-Capture (Join-Path $TestDrive $Name) -HostName 'ill' @(
            New-DomainLine 0 'Domain-0' -State Running
            New-Sample 0 (New-Page -Fifo)
            New-PortsLine 0 @{ port = 1; state = 'Ipi' }, @{ port = 40; state = 'Interdomain'; remoteDomid = 9; remotePort = 5 }
            New-DomainLine 9 'db01'
            New-Sample 9 ($Well ? (New-Page -Bound 3, 5) : (New-Page -Bound 3, 5 -Pending 5 -Masked 5))
            New-PortsLine 9 $timer, $disk
            @{ kind = 'xenstore'; domid = 9; nodes = @{ 'device/vbd/51712/event-channel' = '5' } }
        )
    }
}

Describe 'Find-XenFault' {
    Context 'On a simulated host' {
        BeforeEach { $null = Connect-XenTarget -Simulated -DomainCount 15 }
        AfterEach { Get-XenTarget | Disconnect-XenTarget }

        It 'finds what is wrong, and nothing else' {
            $faults = Find-XenFault -WarningAction SilentlyContinue
            "$($faults.Rule)" | Should -BeExactly 'StuckMasked LostWakeup SelectorSilent'
            "$($faults.DomId)" | Should -BeExactly '14 15 15'
            $faults[0].PSTypeNames[0] | Should -BeExactly 'XenShared.XenFault'
            "$($faults[0].Severity)" | Should -BeExactly 'Critical'
            $faults[0].Evidence | Should -Match 'Port 66 \(vbd51712\) was pending and masked in all \d+ samples of [\d.]+ s'
            $faults[0].Advice | Should -Match ([regex]::Escape('Repair-XenEventChannel -DomId 14 -Port 66 -Unmask'))
            $faults[0].HostName | Should -BeExactly 'simulated'
        }

        It 'finds nothing any more when its advice has been followed' {
            $fault = Find-XenFault -DomId 14
            & ([scriptblock]::Create("$($fault.Advice -replace ' makes Xen.*') -Confirm:`$false"))
            Find-XenFault -DomId 14 | Should -BeNullOrEmpty
        }

        It 'takes domains from the pipeline, and asks once' {
            (Get-XenDomain -Name sim-pv-stuck*, sim-pv-lost* | Find-XenFault -Rule Lost*, StuckMasked).Rule |
                Should -Be 'StuckMasked', 'LostWakeup'
            1, 14, 15 | Find-XenFault -Severity Warning | ForEach-Object Rule | Should -Be 'SelectorSilent'
            $null | Find-XenFault | Should -BeNullOrEmpty
        }

        It 'says that one look is less certain' {
            $fault = Find-XenFault -DomId 14 -SampleCount 1
            "$($fault.Severity)" | Should -BeExactly 'Warning'
            $fault.Evidence | Should -Match 'One sample only'
        }

        It 'warns once of a domain that cannot be judged' {
            Find-XenFault -DomId 0, 1 -WarningVariable warned -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            $warned | Should -HaveCount 1
            "$warned" | Should -Match 'Domain 0 \(Domain-0\) was not judged by LostWakeup, StuckMasked'
        }

        It 'writes the answer of each rule on request, also from another process' {
            $results = Find-XenFault -DomId 0, 14 -IncludeRuleResult -WarningAction SilentlyContinue
            @($results).Where{ $_.PSTypeNames[0] -eq 'XenShared.XenFault' }.Rule | Should -Be 'StuckMasked'
            $answers = @($results).Where{ $_.PSTypeNames[0] -eq 'XenShared.XenRuleResult' }
            $answers | Should -HaveCount (2 * [XenShared.Diagnosis.Rules.FaultRules]::Names.Count)
            $answers.Where{ $_.DomId -eq 14 -and $_.Rule -eq 'StuckMasked' }.Outcome | Should -Be 'Fault'
            $answers.Where{ $_.DomId -eq 0 -and $_.Rule -eq 'StuckMasked' }.Outcome | Should -Be 'NotJudged'
            $answers.Where{ $_.Outcome -eq 'NotJudged' -and -not $_.Reason } | Should -BeNullOrEmpty
            $metrics = $answers | ConvertTo-Deserialized | ConvertTo-XenMetric
            $metrics | Should -Contain 'xenshared_domain_rule_judged{host="simulated",domid="0",domain="Domain-0",rule="StuckMasked"} 0'
            $metrics | Should -Contain ('xenshared_domain_rule_judged{host="simulated",domid="14",' +
                'domain="sim-pv-stuck-14",rule="StuckMasked"} 1')
            ($answers | Get-View | ForEach-Object Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 80
        }

        It 'refuses a rule that does not exist' {
            { Find-XenFault -Rule Nothing } | Should -Throw -ErrorId 'RuleNotFound,XenShared.PowerShell.Commands.FindXenFaultCommand'
        }

        It 'tells of a domain that does not exist once' {
            Find-XenFault -DomId 99 -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failed.FullyQualifiedErrorId | Should -BeExactly 'DomainNotFound,XenShared.PowerShell.Commands.FindXenFaultCommand'
        }

        It 'fits 80 columns, breaks no word, and shows the advice' {
            $view = Find-XenFault -DomId 14 | Get-View
            $view | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual 80
            ($view -join "`n") | Should -Match 'Domain: 14 \(sim-pv-stuck-14\) on simulated'
            $text = ($view -join ' ') -replace '\s+', ' '
            $text | Should -Match 'masked in all \d+ samples of '
            $text | Should -Match '> Repair-XenEventChannel -DomId 14 -Port 66 -Unmask makes Xen send it again\.'
        }

        It 'shows a deserialised fault as a live one' {
            $fault = Find-XenFault -DomId 14
            ($fault | ConvertTo-Deserialized | Get-View) -join "`n" | Should -BeExactly (($fault | Get-View) -join "`n")
            ($fault | Format-List | Get-View) -join "`n" | Should -Match '(?m)^Advice\s+: Repair'
        }

        It 'compares with an earlier look only on the same host' {
            $other = Connect-XenTarget -Path $quick
            Find-XenFault -Target (Get-XenTarget |
                Where-Object Kind -EQ Simulated) -DomId 1 -ReferenceTarget $other -WarningVariable warned -WarningAction SilentlyContinue |
                Should -BeNullOrEmpty
            "$warned" | Should -Match "Reference target bookworm-quick\.xencap is of host 'dom0', which was not queried"
        }
    }

    Context 'On captures' {
        It 'finds nothing in <_>' -ForEach (Get-ChildItem "$PSScriptRoot/../data/*.xencap").Name {
            Find-XenFault -Path (Join-Path $data $_) -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        }

        It 'finds nothing in two of one host, by path, from the pipeline, and as a reference' {
            Find-XenFault -Path (Join-Path $data 'bookworm-quick*.xencap') -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            Get-ChildItem $quick, $paused | Find-XenFault -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            $targets = $quick, $paused | ForEach-Object { Connect-XenTarget -Path $_ }
            try { Find-XenFault -Target $targets[0] -ReferenceTarget $targets[1] -WarningAction SilentlyContinue | Should -BeNullOrEmpty }
            finally { Get-XenTarget | Disconnect-XenTarget }
        }

        It 'finds what is wrong in one, and is surer with two' {
            $one = New-StuckCapture one.xencap
            $two = New-StuckCapture two.xencap
            $fault = Find-XenFault -Path $one -WarningAction SilentlyContinue
            "$($fault.Rule) $($fault.Severity) $($fault.DomainName) $($fault.Port)" | Should -BeExactly 'StuckMasked Warning db01 5'
            "$((Find-XenFault -Path $one, $two -WarningAction SilentlyContinue).Severity)" | Should -BeExactly 'Critical'
            Find-XenFault -Path (New-StuckCapture well.xencap -Well), $two -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        }

        It 'reads the good files beside a bad one' {
            Set-Content "$TestDrive/bad.xencap" 'nothing'
            (Find-XenFault -Path (New-StuckCapture good.xencap),
                "$TestDrive/bad.xencap" -WarningAction SilentlyContinue -ErrorVariable failed -ErrorAction SilentlyContinue).Rule |
                Should -Be 'StuckMasked'
            $failed[0].FullyQualifiedErrorId | Should -BeExactly 'FileNotRecognised,XenShared.PowerShell.Commands.FindXenFaultCommand'
        }
    }

    It 'completes rules' {
        $line = 'Find-XenFault -Rule Lo'
        ([Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches.CompletionText |
            Should -Be 'LostWakeup'
    }

    It 'has words for every rule in docs/faults.md' {
        $text = Get-Content -Raw (Join-Path $RepositoryRoot 'docs/faults.md')
        foreach ($rule in [XenShared.Diagnosis.Rules.FaultRules]::Names) {
            $section = ($text -split '(?m)^#{2,3} ').Where{ $_ -match "^$rule\r?\n" }
            $section | Should -HaveCount 1
            foreach ($part in 'Cause', 'Detection', 'Repair', 'False positives') { "$section" |
                Should -Match "\*\*$part\.\*\*" }
        }
    }
}
