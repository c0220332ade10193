BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    # The port of an SSH server has no list.
    $completed = foreach ($command in Get-Command $CommandNames | Where-Object Name -NE 'Connect-XenTarget') {
        foreach ($parameter in $command.Parameters.Values) {
            if ($parameter.Name -in 'DomId', 'Name', 'Port', 'Vcpu', 'HostName', 'Target', 'ReferenceTarget', 'Id', 'Field', 'Rule') {
                @{ Command = $command.Name; Parameter = $parameter.Name }
            }
        }
    }
    $completed += @{ Command = 'Connect-XenTarget'; Parameter = 'HostName' }
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $capture = New-TestCapture
    $other = Save-Capture "$TestDrive/other.xencap" @(New-DomainLine 9 'other') -HostName 'xen-other'
    function Get-Completion ([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches }
}

Describe 'Completion of domains' {
    BeforeAll { $target = Connect-XenTarget -Path $capture }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'offers numbers, with the name as tooltip' {
        $found = Get-Completion 'Get-XenEventChannel -DomId '
        $found.CompletionText | Should -Be '0', '3', '5', '6', '7', '8'
        $found[2].ToolTip | Should -Be 'web01'
        $found[2].ListItemText | Should -Be '5 (web01)'
        (Get-Completion 'Get-XenDomain -Id 7').CompletionText | Should -Be '7'
        (Get-Completion 'Get-XenDomain ').CompletionText | Should -Contain '5'
    }

    It 'offers names, quoted where they need it' {
        $found = Get-Completion 'Get-XenSharedInfo -Name '
        $found.CompletionText | Should -Be 'Domain-0', 'grub64', 'web01', "'web 02'", "'db``[1``]'"
        $found[2].ToolTip | Should -Be 'domain 5'
        (Get-Completion 'Get-XenSharedInfo -Name WEB').CompletionText | Should -Be 'web01', "'web 02'"
        (Get-Completion "Get-XenSharedInfo -Name 'web ").CompletionText | Should -Be "'web 02'"
    }

    It 'offers names that find the domain again' {
        foreach ($text in (Get-Completion 'Get-XenDomain -Name ').CompletionText) {
            & ([scriptblock]::Create("Get-XenDomain -Name $text")) | Should -HaveCount 1
        }
    }

    It 'asks the target or the file that is typed already' {
        $elsewhere = Connect-XenTarget -Path $other
        try {
            (Get-Completion 'Get-XenDomain -Name ').CompletionText | Should -Be 'other'
            (Get-Completion 'Get-XenDomain -Target $target -Name w').CompletionText | Should -Be 'web01', "'web 02'"
            (Get-Completion "Get-XenSharedInfo -Path '$capture' -DomId ").CompletionText | Should -Contain '5'
            (Get-Completion "Get-XenSharedInfo -LiteralPath '$capture' -DomId ").CompletionText | Should -Contain '5'
            (Get-Completion "Export-XenCapture -Path '$capture' -DomId ").CompletionText | Should -Be '9'
        }
        finally { Disconnect-XenTarget $elsewhere }
    }

    It 'offers values of <Parameter>' -ForEach @(
        @{ Parameter = 'Get-XenEventChannel -State '; Expected = 'Closed', 'Interdomain', 'Ipi', 'PhysicalIrq', 'Unbound', 'VirtualIrq' }
        @{ Parameter = 'Get-XenDevice -Kind v'; Expected = 'vbd', 'vdispl', 'vfb', 'vif', 'vkbd', 'vscsi', 'vsnd', 'vtpm', 'vusb' }
        @{ Parameter = 'Get-XenSharedInfo -Layout '; Expected = 'Arm', 'X86_32', 'X86_64' }
    ) {
        (Get-Completion $Parameter).CompletionText | Should -Be $Expected
    }

    It 'never throws, and offers no domain where there is none to ask' -ForEach @(
        @{ Line = 'Get-XenSharedInfo -LiteralPath ./none.xencap -DomId ' }
        @{ Line = 'Get-XenSharedInfo -Path $undefined -Name ' }
    ) {
        Get-Completion $Line | Where-Object ResultType -EQ ParameterValue | Where-Object ToolTip -Match 'domain \d|web01' |
            Should -BeNullOrEmpty
    }

    It 'offers no domain without Xen' {
        if ((Test-Path /proc/xen/privcmd) -or (Test-Path /dev/xen/privcmd)) { Set-ItResult -Skipped -Because 'this machine is a Xen host' }
        Disconnect-XenTarget
        try { Get-Completion 'Get-XenDomain -Name w' | Where-Object ToolTip -Match 'domain \d' | Should -BeNullOrEmpty }
        finally { $target = Connect-XenTarget -Path $capture }
    }
}

Describe 'Completion of other values' {
    BeforeAll {
        $target = Connect-XenTarget -Path $capture
        $id = $target.Id
    }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'exists for -<Parameter> of <Command>' -ForEach $completed {
        $attributes = (Get-Command $Command).Parameters[$Parameter].Attributes
        $attributes.Where{ $_ -is [ArgumentCompleter] -or $_ -is [ValidateSet] } | Should -HaveCount 1
    }

    It 'offers ports with their state: <Line>' -ForEach @(
        @{ Line = 'Get-XenEventChannel -DomId 5 -Port '; Expected = '1', '2', '3', '4', '5', '6', '7' }
        @{ Line = 'Get-XenEventChannel web01 -Port '; Expected = '1', '2', '3', '4', '5', '6', '7' }
        @{ Line = 'Get-XenEventChannel 3 -Port '; Expected = '1', '2' }
        @{ Line = 'Set-XenEventChannel 5 '; Expected = '1', '2', '3', '4', '5', '6', '7' }
        @{ Line = "Get-XenEventChannel -Path '/host.xencap' -DomId 3 -Port "; Expected = '1', '2' }
        @{ Line = 'Get-XenEventChannel -DomId 5 -Port 3'; Expected = '3' }
    ) {
        $found = Get-Completion $Line.Replace('/host.xencap', "$TestDrive/host.xencap")
        $found.CompletionText | Should -Be $Expected
        $found[0].ToolTip | Should -Not -BeNullOrEmpty
    }

    It 'shows what a port is bound to' {
        $found = Get-Completion 'Get-XenEventChannel -DomId 5 -Port '
        $found[0].ListItemText | Should -Be '1 (Interdomain)'
        $found[0].ToolTip | Should -Be 'Interdomain, domain 0 port 34'
        $found[2].ToolTip | Should -Be 'VirtualIrq 0'
        $found[6].ToolTip | Should -Be 'port 7'
    }

    It 'offers vCPUs: <Line>' -ForEach @(
        @{ Line = 'Get-XenVcpuInfo -DomId 5 -Vcpu '; Expected = '0', '1' }
        @{ Line = 'Get-XenVcpuInfo web01 -Vcpu '; Expected = '0', '1' }
        @{ Line = 'Set-XenVcpuInfo 3 '; Expected = '0' }
    ) {
        (Get-Completion $Line).CompletionText | Should -Be $Expected
    }

    It 'offers nothing of a domain that is not named or not there: <_>' -ForEach @(
        'Get-XenEventChannel -Port ', 'Get-XenEventChannel -DomId 99 -Port ', 'Get-XenEventChannel -Name nobody -Port '
        'Get-XenVcpuInfo -Vcpu ', 'Get-XenEventChannel -DomId $undefined -Port '
    ) {
        Get-Completion $_ | Should -BeNullOrEmpty
    }

    It 'offers the targets of the session' {
        $found = Get-Completion 'Get-XenDomain -Target '
        $found.CompletionText | Should -Be "(Get-XenTarget $id)"
        $found.ListItemText | Should -Be "$id (host.xencap)"
        (Get-Completion 'Get-XenTarget -Id ').CompletionText | Should -Be "$id"
        (Get-Completion 'Disconnect-XenTarget ').CompletionText | Should -Be "(Get-XenTarget $id)"
        (& ([scriptblock]::Create("Get-XenDomain -DomId 5 -Target $($found.CompletionText)"))).Name | Should -Be 'web01'
        (Get-Completion 'Get-XenDomain -Target host').CompletionText | Should -Be "(Get-XenTarget $id)"
        Get-Completion 'Get-XenDomain -Target nothing' | Should -BeNullOrEmpty
    }

    It 'offers the hosts of the session' {
        (Get-Completion 'Get-XenDomain -HostName ').CompletionText | Should -Be 'xen-test'
        (Get-Completion 'Get-XenDomain -ComputerName xen').CompletionText | Should -Be 'xen-test'
    }

    It 'offers the domains of the host that is typed already' {
        $both = Connect-XenTarget -Path $capture, $other
        try { (Get-Completion 'Get-XenDomain -HostName xen-other -DomId ').CompletionText | Should -Be '9' }
        finally { $both | Disconnect-XenTarget }
    }

    It 'offers fields, with brackets as the parameter needs them' {
        $found = (Get-Completion 'Compare-XenSharedInfo $a $b -Field vcpu').CompletionText
        $found | Should -Contain "'vcpu_info``[0``].evtchn_upcall_pending'"
        $page = Get-XenSharedInfo -DomId 5
        { & ([scriptblock]::Create("Compare-XenSharedInfo `$page `$page -Field $($found[0])")) } | Should -Not -Throw
        (Get-Completion 'Compare-XenSharedInfo $a $b -Field wc_').CompletionText | Should -Contain 'wc_sec'
        (Get-Completion 'Set-XenSharedInfo 5 wc_').CompletionText | Should -Contain 'wc_sec'
    }

    It 'offers hosts of the ssh configuration to connect to' {
        $ssh = New-Item "$TestDrive/home/.ssh" -ItemType Directory -Force
        Set-Content "$ssh/config" 'Host xen1 xen2.example', '  User root', 'host = xen3', 'Host *.lan !old', 'HostName ignored'
        Set-Content "$ssh/known_hosts" '|1|abc=|def= ssh-ed25519 AAAA', 'xen4,192.0.2.1 ssh-rsa AAAA', '[xen5]:2222 ssh-rsa AAAA',
            '@revoked bad ssh-rsa AAAA', '# comment'
        $script = "(TabExpansion2 'Connect-XenTarget -HostName xen' 30).CompletionMatches.CompletionText"
        $found = (Invoke-Within 60 $script @{ HOME = "$TestDrive/home" }).Trim() -split '\s+'
        $found | Should -Be 'xen1', 'xen2.example', 'xen3', 'xen4', 'xen5'
        $script = "(TabExpansion2 'Connect-XenTarget -HostName ' 28).CompletionMatches.CompletionText"
        (Invoke-Within 60 $script @{ HOME = "$TestDrive/none" }).Trim() | Should -BeNullOrEmpty
    }

    It 'returns at once, and nothing, without Xen: -<Parameter> of <Command>' -ForEach $completed {
        if ((Test-Path /proc/xen/privcmd) -or (Test-Path /dev/xen/privcmd)) { Set-ItResult -Skipped -Because 'this machine is a Xen host' }
        Get-XenTarget | Disconnect-XenTarget
        try {
            $line = "$Command -$Parameter "
            $found = Get-Completion $line
            if ($Parameter -in 'Rule', 'Field') { $found | Should -Not -BeNullOrEmpty }
            elseif ($Command -ne 'Connect-XenTarget') { $found | Should -BeNullOrEmpty }
        }
        finally { $target = Connect-XenTarget -Path $capture }
    }
}

Describe 'Completion of a host that does not answer' {
    It 'gives up' {
        # A pipe without a writer stands for what never answers.
        $pipe = "$TestDrive/pipe"
        mkfifo $pipe
        $line = "Get-XenDomain -Path $pipe -DomId "
        $script = "(TabExpansion2 '$line' $($line.Length)).CompletionMatches.Count"
        (Invoke-Within 60 $script).Trim() | Should -Be '0'
    }
}
