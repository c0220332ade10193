BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
    $rendering = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = 'PlainText'
    $culture = [cultureinfo]::CurrentCulture
    [cultureinfo]::CurrentCulture = 'en-US'
}

AfterAll {
    [cultureinfo]::CurrentCulture = $culture
    $PSStyle.OutputRendering = $rendering
    Get-XenTarget | Disconnect-XenTarget
}

Describe 'Tables' {
    It 'fit 80 columns, and show the same of deserialised objects: <Query>' -ForEach @(
        @{ Query = 'Get-XenDomain' }
        @{ Query = 'Get-XenEventChannel -WarningAction SilentlyContinue' }
        @{ Query = 'Get-XenVcpuInfo -ErrorAction SilentlyContinue' }
        @{ Query = 'Get-XenClock' }
        @{ Query = 'Get-XenClock | Format-List' }
        @{ Query = 'Get-XenSharedInfo -ErrorAction SilentlyContinue | Format-Table' }
        @{ Query = 'Get-XenDevice -ErrorAction SilentlyContinue' }
        @{ Query = 'Get-XenDevice -DomId 5 | Format-List' }
        @{ Query = 'Get-XenSharedInfo -DomId 5' }
        @{ Query = 'Get-XenSharedInfo -DomId 5 | Format-List' }
        @{ Query = 'Get-XenDomain -DomId 5, 7 | Format-List' }
        @{ Query = 'Get-XenVcpuInfo -DomId 3 | Format-List' }
        @{ Query = 'Get-XenEventChannel -DomId 5 -Port 1, 3, 7 | Format-List' }
    ) {
        $get, $format = $Query -split ' \| '
        $tail = $format ? " | $format" : ''
        $live = & ([scriptblock]::Create("$get$tail")) | Get-View
        $back = & ([scriptblock]::Create("$get | ConvertTo-Deserialized$tail")) | Get-View
        $live.Where{ $_.Length -gt 80 } | Should -BeNullOrEmpty
        $live | Should -Be $back
        "$live" | Should -Not -Match "\.\.\.|$([char]0x2026)"
    }

    It 'show each time with its offset from UTC: <Query>' -ForEach @(
        @{ Query = { Get-XenSharedInfo -DomId 5 } }
        @{ Query = { Get-XenVcpuInfo -DomId 3 | Format-List } }
        @{ Query = { Get-XenEventChannel -DomId 5 -Port 1 | Format-List } }
        @{ Query = { Get-XenSharedInfo -DomId 5 | ConvertTo-Deserialized | Format-List } }
    ) {
        $times = & $Query | Get-View | Select-String '(TakenAt|WallClock)\s+: (?!\?)'
        $times | Should -Not -BeNullOrEmpty
        $times | Should -Match '\d:\d\d(\s[AP]M)? [+-]\d\d:\d\d'
    }

    It 'show domains with their event ABI and their frame in hexadecimal' {
        $view = Get-XenDomain | Get-View
        $view | Should -Contain '   Host: xen-test'
        ($view -match 'web01') | Should -Match '^\s+5 web01\s+PV\s+Paused\s+2 2-level\s+0xbfc55\s+128 MiB'
        ($view -match 'db\[1\]') | Should -Match '^\s+7 db\[1\]\s+PVH\s+Blocked\s+1 \?\s+-\s+128 MiB'
    }

    It 'show channels by domain: yes, - or ?' {
        $view = Get-XenEventChannel -DomId 5, 0 -WarningAction SilentlyContinue | Get-View
        $view | Should -Contain '   Domain: 5 (web01) on xen-test, 2-level channels'
        $view | Should -Contain '   Domain: 0 (Domain-0) on xen-test, FIFO channels'
        ($view -match '^ +1 ') | Should -Match 'Interdomain\s+0 -\s+-\s+dom 0 port 34\s+xenstore'
        ($view -match '^ +3 VirtualIrq')[0] | Should -Match 'VirtualIrq\s+0 yes\s+-\s+Timer'
        ($view -match '^ +4 Ipi')[0] | Should -Match 'Ipi\s+0 -\s+yes'
        ($view -match '^ +5 ') | Should -Match 'Unbound\s+0 -\s+-\s+waits for dom 0'
        ($view -match '^ +6 ') | Should -Match 'PhysicalIrq\s+0 -\s+-\s+IRQ 9'
        ($view -match '^ +7 ') | Should -Match '\?\s+\?\s+\?'
        ($view -match '^ +3 VirtualIrq')[1] | Should -Match 'VirtualIrq\s+0 \?\s+\?\s+Timer'
    }

    It 'show records as live, stale or ?' {
        $view = Get-XenVcpuInfo -DomId 3, 5, 8 -ErrorAction SilentlyContinue | Get-View
        ($view -match 'page\+')[0] | Should -Match '^\s+0 live\s+yes\s+-\s+0x0\s+0:01:00\.007 page\+0x0'
        ($view -match 'page\+')[1] | Should -Match '^\s+0 stale\s+-\s+-'
    }
}

Describe 'Lists' {
    It 'show a page with ports as ranges and its records in lines' {
        $view = Get-XenSharedInfo -DomId 5 | Get-View
        $view | Should -Contain 'PendingPort    : 3'
        $view | Should -Contain 'UnmaskedPort   : 1-3, 5-6'
        $view | Should -Contain 'Vcpu           :   0  stale  upcall -    mask -    selector 0x0'
        $view | Should -Contain 'Arch           : max PFN 0x8000, NMI reason 0x0'
        ($view -match '^Unstable') | Should -BeNullOrEmpty
        ((Get-XenSharedInfo -DomId 8 -ErrorAction SilentlyContinue | Get-View) -match '^Unstable') | Should -Match 'X86_64 wall clock'
        ((Get-XenSharedInfo -DomId 0 | Get-View) -match '^PendingPort') | Should -Match ': \?$'
    }

    It 'show why a channel is not known' {
        (Get-XenEventChannel -DomId 0 -Port 3 -WarningAction SilentlyContinue | Format-List | Get-View) -match '^StateNote' |
            Should -Match 'FIFO'
    }

    It 'stand for objects in few properties where PowerShell cannot use a view' {
        $names = (Get-XenDomain -DomId 5).PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames
        $names | Should -Contain 'EventAbi'
        $names.Count | Should -BeLessThan 9
    }
}

Describe 'Text from guests' {
    BeforeAll {
        $esc = [char]27
        $evil = Save-Capture "$TestDrive/evil.xencap" @(
            New-DomainLine 4 "evil$esc[2Jname"
            New-Sample 4 (New-Page -Fifo)
            New-PortsLine 4 @{ port = 1; state = 'Ipi' }, @{ port = 2; state = 'VirtualIrq'; irq = 0 }
            @{ kind = 'xenstore'; domid = 4; nodes = @{ "device/vif/$esc[5m/event-channel" = '2' } }
            New-DomainLine 5 'bad'
            @{ kind = 'error'; domid = 5; part = 'page'; id = 'SharedInfoNotMapped'; message = "not$esc[31m mapped"; hint = "wait$esc[31m" }
        ) -HostName "host$esc[31m"
        $target = Connect-XenTarget -Path $evil
    }
    AfterAll { Disconnect-XenTarget $target }

    It 'cannot steer the terminal' {
        $text = @(
            Get-XenTarget | Get-View
            Get-XenDomain | Get-View
            Get-XenDomain | Format-List | Get-View
            Get-XenSharedInfo -ErrorAction SilentlyContinue -ErrorVariable failed | Get-View
            Get-XenSharedInfo -ErrorAction SilentlyContinue | Format-Table | Get-View
            Get-XenVcpuInfo -ErrorAction SilentlyContinue | Get-View
            Get-XenVcpuInfo -ErrorAction SilentlyContinue | Format-List | Get-View
            Get-XenEventChannel -WarningAction SilentlyContinue -WarningVariable warned -ErrorAction SilentlyContinue | Get-View
            Get-XenEventChannel -WarningAction SilentlyContinue -ErrorAction SilentlyContinue | Format-List | Get-View
            "$warned"
            "$($failed[0]) $($failed[0].ErrorDetails.RecommendedAction)"
            (TabExpansion2 'Get-XenDomain -DomId ').CompletionMatches.ForEach{ "$($_.CompletionText) $($_.ListItemText) $($_.ToolTip)" }
            (TabExpansion2 'Get-XenDomain -Name ').CompletionMatches.ForEach{ "$($_.CompletionText) $($_.ListItemText) $($_.ToolTip)" }
        )
        $PSStyle.OutputRendering | Should -Be 'PlainText'
        "$text" | Should -Match 'evil\?\[2Jname'
        "$text" | Should -Match 'not\?\[31m mapped\W+[Ww]ait\?'
        "$text" | Should -Not -Match '\e|\x07|\x9b'
    }

    It 'cannot steer the terminal in colour either' {
        $PSStyle.OutputRendering = 'Ansi'
        try {
            $channels = Get-XenEventChannel -WarningAction SilentlyContinue -ErrorAction SilentlyContinue | Get-View
            "$channels $(Get-XenDomain | Get-View)" | Should -Not -Match '\e\[(2J|5m|31m)'
        }
        finally { $PSStyle.OutputRendering = 'PlainText' }
    }
}

Describe 'Colours and culture' {
    It 'mark what is pending, and let stale and masked step back' {
        $PSStyle.OutputRendering = 'Ansi'
        try {
            $channels = Get-XenEventChannel -DomId 5 | Get-View
            ($channels -match 'VirtualIrq') | Should -Match '\e\[33myes\e\[0m'
            ($channels -match ' Ipi') | Should -Match '\e\[2myes\e\[0m'
            (Get-XenVcpuInfo -DomId 5 -Vcpu 0 | Get-View) -match 'page\+' | Should -Match '\e\[2mstale\e\[0m'
            (Get-XenVcpuInfo -DomId 3 | Get-View) -match 'page\+' | Should -Not -Match '\e\[2m'
        }
        finally { $PSStyle.OutputRendering = 'PlainText' }
        "$(Get-XenEventChannel -DomId 5 | Get-View)" | Should -Not -Match '\e'
    }

    It 'show numbers and times in the culture of the user, and hexadecimal alike everywhere' {
        [cultureinfo]::CurrentCulture = 'de-DE'
        try {
            $view = Get-XenVcpuInfo -DomId 3 | Format-List | Get-View
            "$view" | Should -Match '2\.596,150 MHz'
            "$view" | Should -Match '0:01:00,007 since'
            "$view" | Should -Match '0x247aa256a3'
        }
        finally { [cultureinfo]::CurrentCulture = 'en-US' }
    }
}

Describe 'Headings' {
    BeforeDiscovery {
        [xml] $views = Get-Content "$PSScriptRoot/../../src/XenShared.PowerShell/XenShared.format.ps1xml" -Raw
        $headings = foreach ($view in $views.Configuration.ViewDefinitions.View) {
            foreach ($label in $view.SelectNodes('.//TableColumnHeader/Label') + $view.SelectNodes('.//ListItem/Label')) {
                @{ View = $view.Name; Type = @($view.ViewSelectedBy.TypeName)[0]; Heading = $label.InnerText }
            }
        }
    }

    It 'are properties of the objects, and of deserialised ones: <View>, <Heading>' -ForEach $headings {
        $class = [AppDomain]::CurrentDomain.GetAssemblies().ForEach{ $_.GetType($Type) }.Where{ $_ }[0]
        $class | Should -Not -BeNullOrEmpty
        if ($class.GetProperty($Heading)) { return }
        foreach ($name in $Type, "Deserialized.$Type") {
            (Get-TypeData $name).Members.Keys | Should -Contain $Heading -Because "$name is shown with it"
        }
    }

    It 'select what their property selects: <Query>' -ForEach @(
        @{ Query = 'Get-XenDomain | Where Abi -eq FIFO'; Same = 'Get-XenDomain | Where { $_.EventAbi -eq [XenShared.EventAbi]::Fifo }' }
        @{ Query = "Get-XenDomain | Where Abi -eq '2-level'"
            Same = 'Get-XenDomain | Where { $_.EventAbi -eq [XenShared.EventAbi]::TwoLevel }' }
        @{ Query = "Get-XenDomain | Where EventAbi -eq '2-level'"
            Same = 'Get-XenDomain | Where { $_.EventAbi -eq [XenShared.EventAbi]::TwoLevel }' }
        @{ Query = 'Get-XenDomain | ConvertTo-Deserialized | Where Abi -eq FIFO'
            Same = 'Get-XenDomain | Where { $_.EventAbi -eq [XenShared.EventAbi]::Fifo }' }
        @{ Query = 'Get-XenDomain | ConvertTo-Deserialized | Where Memory -gt 100MB'
            Same = 'Get-XenDomain | Where MemoryBytes -gt 100MB' }
        @{ Query = 'Get-XenDomain | Where Frame'; Same = 'Get-XenDomain | Where SharedInfoFrame' }
        @{ Query = 'Get-XenVcpuInfo -ErrorAction Ignore | Where Upcall'
            Same = 'Get-XenVcpuInfo -ErrorAction Ignore | Where UpcallPending' }
        @{ Query = 'Get-XenVcpuInfo -ErrorAction Ignore | ConvertTo-Deserialized | Where Upcall'
            Same = 'Get-XenVcpuInfo -ErrorAction Ignore | Where UpcallPending' }
        @{ Query = "Get-XenEventChannel -WarningAction Ignore | Where BoundTo -like 'dom * port *'"
            Same = 'Get-XenEventChannel -WarningAction Ignore | Where State -eq Interdomain' }
        @{ Query = "Get-XenEventChannel -WarningAction Ignore | ConvertTo-Deserialized | Where BoundTo -eq 'IRQ 9'"
            Same = 'Get-XenEventChannel -WarningAction Ignore | Where Pirq -eq 9' }
    ) {
        $found = & ([scriptblock]::Create($Query))
        $expected = & ([scriptblock]::Create($Same))
        $expected | Should -Not -BeNullOrEmpty
        $found.ForEach{ "$($_.DomId) $($_.Port) $($_.Vcpu)" } | Should -Be $expected.ForEach{ "$($_.DomId) $($_.Port) $($_.Vcpu)" }
    }

    It 'reject no comparison with a name that no event ABI has' {
        Get-XenDomain | Where-Object EventAbi -EQ 'nonsense' | Should -BeNullOrEmpty
    }

    It 'sort vCPUs by system time' {
        $times = (Get-XenVcpuInfo -DomId 3, 5 -ErrorAction Ignore | Sort-Object SystemTime -Descending).SystemTime
        $times.Count | Should -BeGreaterThan 1
        $times | Should -Be ($times | Sort-Object -Descending)
    }
}
