BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $null = Connect-XenTarget -Path (New-TestCapture)
    $id = 'XenShared.PowerShell.Commands.ExportXenCaptureCommand'
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Export-XenCapture' {
    BeforeEach { $path = Join-Path $TestDrive "$([guid]::NewGuid()).xencap" }

    It 'writes a capture that answers as the target did' {
        $file = Export-XenCapture -Path $path
        $file | Should -BeOfType [IO.FileInfo]
        $file.FullName | Should -Be $path
        $copy = $file | Connect-XenTarget
        try {
            $of = { param($query) & $query | ForEach-Object { "$_" } }
            foreach ($query in @(
                    { Get-XenDomain }
                    { Get-XenEventChannel -IncludeClosed -WarningAction SilentlyContinue }
                    { Get-XenVcpuInfo -ErrorAction SilentlyContinue }
                )) {
                $there = & $of $query
                Disconnect-XenTarget
                $here = & $of $query
                $copy = $file | Connect-XenTarget
                $there | Should -Be $here
            }
        }
        finally { Disconnect-XenTarget $copy }
    }

    It 'pipes on to cmdlets that take files' {
        (Export-XenCapture $path -DomId 5 | Get-XenSharedInfo).DomainName | Should -Be 'web01'
    }

    It 'writes the domains of -DomId, of -Name, and of the pipeline' {
        (Export-XenCapture $path -DomId 5, 3, 5 | Get-XenSharedInfo).DomId | Should -Be 3, 5
        (Export-XenCapture $path -Name 'web*' | Get-XenSharedInfo).DomId | Should -Be 5, 6
        (Get-XenDomain | Where-Object State -EQ Paused | Export-XenCapture $path | Get-XenSharedInfo).DomId | Should -Be 5
    }

    It 'changes nothing with -WhatIf' {
        Export-XenCapture $path -WhatIf | Should -BeNullOrEmpty
        Test-Path $path | Should -BeFalse
        Set-Content $path 'precious'
        Export-XenCapture $path -WhatIf | Should -BeNullOrEmpty
        Get-Content $path | Should -Be 'precious'
        Get-ChildItem $TestDrive -Filter *.tmp -Force | Should -BeNullOrEmpty
    }

    It 'says in -WhatIf what it would write' {
        $said = Invoke-Within 60 "`$null = Connect-XenTarget -Path '$TestDrive/host.xencap'; Export-XenCapture '$path' -DomId 5, 3 -WhatIf"
        "$said" | Should -Match 'What if: .*Export capture of domains 3, 5 of host\.xencap.*' -Because 'the text names what is written'
        "$said" | Should -Match ([regex]::Escape($path))
    }

    It 'asks before it writes with -Confirm' {
        $said = Invoke-Within 60 "`$null = Connect-XenTarget -Path '$TestDrive/host.xencap'; Export-XenCapture '$path' -Confirm"
        $said | Should -Match 'NonInteractive|Confirm' -Because 'nobody is there to answer'
        Test-Path $path | Should -BeFalse
    }

    It 'replaces a file, but not with -NoClobber' {
        Set-Content $path 'old'
        { Export-XenCapture $path -NoClobber } | Should -Throw -ErrorId "NoClobber,$id"
        Get-Content $path | Should -Be 'old'
        (Export-XenCapture $path).Length | Should -BeGreaterThan 100
    }

    It 'replaces a read-only file with -Force only' {
        Set-Content $path 'old'
        (Get-Item $path).IsReadOnly = $true
        { Export-XenCapture $path } | Should -Throw -ErrorId "FileReadOnly,$id"
        Get-Content $path | Should -Be 'old'
        (Export-XenCapture $path -Force).Length | Should -BeGreaterThan 100
    }

    It 'takes the path as it is written' {
        $odd = Join-Path $TestDrive 'a[1]*.xencap'
        (Export-XenCapture $odd).Name | Should -BeExactly 'a[1]*.xencap'
    }

    It 'tells of a path that cannot be written with <Expected>' -ForEach @(
        @{ Expected = 'PathNotFound'; Where = 'TestDrive:/no/such/folder/x.xencap' }
        @{ Expected = 'PathIsDirectory'; Where = 'TestDrive:/' }
        @{ Expected = 'FileSystemPathRequired'; Where = 'Env:/X' }
    ) {
        { Export-XenCapture $Where } | Should -Throw -ErrorId "$Expected,$id"
    }

    It 'tells of a folder that may not be written with FileAccessDenied' {
        # Not even root may write there.
        if (-not (Test-Path /sys/bus)) { Set-ItResult -Skipped -Because 'there is no /sys' }
        { Export-XenCapture /sys/bus/x.xencap } | Should -Throw -ErrorId "FileAccessDenied,$id"
    }

    It 'writes no file when none of the named domains exists' {
        Export-XenCapture $path -DomId 4 -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeExactly "DomainNotFound,$id"
        Export-XenCapture $path -DomId -1 -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        Get-XenDomain -Name 'nobody*' | Export-XenCapture $path | Should -BeNullOrEmpty
        $null | Export-XenCapture $path | Should -BeNullOrEmpty
        Test-Path $path | Should -BeFalse
        Get-ChildItem $TestDrive -Filter *.tmp -Force | Should -BeNullOrEmpty
    }

    It 'may be read by its owner only' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'Windows has no such modes' }
        [IO.File]::GetUnixFileMode((Export-XenCapture $path).FullName) | Should -Be ([IO.UnixFileMode]'UserRead, UserWrite')
    }

    It 'leaves nothing behind when it is stopped' {
        $page = New-Page -Bound 3
        $lines = foreach ($number in 1..3000) {
            New-DomainLine $number "guest$number"
            New-PortsLine $number @(4..60 | ForEach-Object { @{ port = $_; state = 'Ipi' } })
        }
        $large = Save-Capture (Join-Path $TestDrive 'large.cap') $lines
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$ModuleFolder'; `$null = Connect-XenTarget -Path '$large'").Invoke()
            $shell.Commands.Clear()
            $run = $shell.AddScript("while (`$true) { `$null = Export-XenCapture '$path' -Force }").BeginInvoke()
            Start-Sleep -Milliseconds 700
            $run.IsCompleted | Should -BeFalse
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 1
        }
        finally { $shell.Dispose() }
        Get-ChildItem $TestDrive -Filter *.tmp -Force | Should -BeNullOrEmpty
        if (Test-Path $path) { (Get-Item $path | Connect-XenTarget | Disconnect-XenTarget) |
            Should -BeNullOrEmpty -Because 'what is there is whole' }
    }
}
