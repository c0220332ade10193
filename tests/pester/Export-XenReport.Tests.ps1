BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
    $id = 'XenShared.PowerShell.Commands.ExportXenReportCommand'

    # The page is well-formed XML as well.
    function Get-Page ([string] $Path) { [xml]((Get-Content -LiteralPath $Path -Raw) -replace '^<!DOCTYPE html>') }
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Export-XenReport' {
    BeforeEach { $path = Join-Path $TestDrive "$([guid]::NewGuid()).html" }

    It 'writes a page with a section for each domain and a cell for each channel' {
        $file = Export-XenReport -Path $path
        $file | Should -BeOfType [IO.FileInfo]
        $file.FullName | Should -Be $path
        $page = Get-Page $path
        $page.html.body.header.h1 | Should -Be 'xen-test'
        @($page.SelectNodes("//section[@class='domain']")).Count | Should -Be 6
        $channels = Get-XenEventChannel -WarningAction SilentlyContinue
        @($page.SelectNodes("//div[@class='map']/i[not(@class='x')]")).Count | Should -Be $channels.Count
        @($page.SelectNodes("//div[@class='map']/i[starts-with(@class,'p')]")).Count | Should -Be @($channels | Where-Object Pending).Count
        @($page.SelectNodes("//div[@class='map']/i[starts-with(@class,'u')]")).Count |
            Should -Be @($channels | Where-Object { $null -eq $_.Pending }).Count
    }

    It 'shows the domains of -DomId, of -Name, and of the pipeline' {
        (Get-Page (Export-XenReport $path -DomId 5, 3, 5)).SelectNodes("//section[@class='domain']/h2").InnerText |
            Should -Be 'Domain 3: grub64', 'Domain 5: web01'
        (Get-Page (Export-XenReport $path -Name 'web*')).SelectNodes("//section[@class='domain']/h2").InnerText |
            Should -Be 'Domain 5: web01', 'Domain 6: web 02'
        @((Get-Page (Get-XenDomain | Where-Object State -EQ Paused |
            Export-XenReport $path)).SelectNodes("//section[@class='domain']")).Count | Should -Be 1
    }

    It 'says what is not known, and why' {
        $text = (Get-Page (Export-XenReport $path)).html.body.main.InnerText
        $text | Should -Match 'Domain 0 \(Domain-0\): pending and masked are not known'
        $text | Should -Match 'Domain 7 met SharedInfoNotMapped'
    }

    It 'writes a whole file or none' {
        Set-Content $path 'old'
        { Export-XenReport $path -NoClobber } | Should -Throw -ErrorId "NoClobber,$id"
        Get-Content $path | Should -Be 'old'
        Export-XenReport $path -DomId 4 -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeExactly "DomainNotFound,$id"
        Export-XenReport $path -WhatIf | Should -BeNullOrEmpty
        Get-Content $path | Should -Be 'old'
        (Get-Item $path).IsReadOnly = $true
        { Export-XenReport $path } | Should -Throw -ErrorId "FileReadOnly,$id"
        (Export-XenReport $path -Force).Length | Should -BeGreaterThan 10000
        { Export-XenReport "$TestDrive/none/x.html" } | Should -Throw -ErrorId "PathNotFound,$id"
        Get-ChildItem $TestDrive -Filter *.tmp -Force | Should -BeNullOrEmpty
    }

    It 'may be read by its owner only' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'Windows has no such modes' }
        [IO.File]::GetUnixFileMode((Export-XenReport $path).FullName) | Should -Be ([IO.UnixFileMode]'UserRead, UserWrite')
    }

    It 'leaves names from guests as text' {
        $evil = Save-Capture "$TestDrive/evil.xencap" @(
            New-DomainLine 4 '<script>alert(1)</script>'
            New-Sample 4 (New-Page -Bound 2)
            New-PortsLine 4 @{ port = 2; state = 'VirtualIrq'; irq = 0 }
            @{ kind = 'xenstore'; domid = 4; nodes = @{ 'device/vif/<img src=x>/event-channel' = '2' } }
        ) -HostName "host$([char]27)[31m"
        $target = Connect-XenTarget -Path $evil
        try {
            $page = Get-Page (Export-XenReport $path -Target $target)
            $page.SelectNodes('//script | //img').Count | Should -Be 0
            $page.SelectSingleNode("//h2[@id='domain-4']").InnerText | Should -BeExactly 'Domain 4: <script>alert(1)</script>'
            Get-Content $path -Raw | Should -Not -Match '\e'
        }
        finally { Disconnect-XenTarget $target }
    }
}
