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
