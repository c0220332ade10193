BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $capture = New-TestCapture
    $other = Save-Capture (Join-Path $TestDrive 'other.xencap') @(New-DomainLine 9 'other') -HostName 'xen-other'
}

Describe 'Connect-XenTarget' {
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'connects to a capture and makes it the default' {
        $target = Connect-XenTarget -Path $capture
        $target.PSTypeNames[0] | Should -Be 'XenShared.XenTarget'
        $target.Kind | Should -Be 'Capture'
        $target.HostName | Should -Be 'xen-test'
        "$($target.XenVersion)" | Should -Be '4.17.7'
        $target.Architecture | Should -Be 'x86_64'
        $target.Path | Should -Be $capture
        $target.IsDefault | Should -BeTrue
        (Get-XenDomain).Count | Should -Be 6
    }

    It 'takes wildcards, and all files that one command connects become the default' {
        $both = Connect-XenTarget -Path "$TestDrive/*.xencap"
        $both.Count | Should -Be 2
        $both.IsDefault | Should -Be $true, $true
    }

    It 'takes files from the pipeline by their literal path' {
        $odd = Copy-Item -LiteralPath $capture "$TestDrive/odd[1].cap" -PassThru
        ($odd | Connect-XenTarget).Path | Should -Be $odd.FullName
        (Connect-XenTarget -LiteralPath $odd.FullName).HostName | Should -Be 'xen-test'
    }

    It 'reads a gzip-compressed capture' {
        $plain = Connect-XenTarget -Path $capture
        $packed = Export-XenCapture "$TestDrive/packed.cap" -Target $plain
        [IO.File]::ReadAllBytes($packed.FullName)[0..1] | Should -Be 0x1f, 0x8b
        (Connect-XenTarget -Path $packed.FullName).HostName | Should -Be 'xen-test'
    }

    It 'refuses a file that is no capture with FileNotRecognised' {
        Set-Content "$TestDrive/text.txt" 'hello'
        $target = Connect-XenTarget -Path "$TestDrive/text.txt" -ErrorVariable failed -ErrorAction SilentlyContinue
        $target | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'FileNotRecognised,XenShared.PowerShell.Commands.ConnectXenTargetCommand'
        $failed[0].CategoryInfo.Category | Should -Be 'InvalidData'
        $failed[0].TargetObject | Should -Be "$TestDrive/text.txt"
    }

    It 'refuses a capture that was cut off with FileDamaged' {
        Get-Content $capture -TotalCount 4 | Set-Content "$TestDrive/cut.cap"
        Invoke-Within 30 "try { Connect-XenTarget -Path '$TestDrive/cut.cap' -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId }" |
            Should -Match '^FileDamaged,XenShared\.PowerShell\.Commands\.ConnectXenTargetCommand'
    }

    It 'refuses a capture with a line that is not what it should be with FileDamaged' {
        (Get-Content $capture -Raw) -replace '"domid":5,', '"domid":"x",' | Set-Content "$TestDrive/damaged.cap"
        { Connect-XenTarget -Path "$TestDrive/damaged.cap" -ErrorAction Stop } |
            Should -Throw -ErrorId 'FileDamaged,XenShared.PowerShell.Commands.ConnectXenTargetCommand'
    }

    It 'tells of a missing file with PathNotFound' -ForEach @(@{ Use = 'Path' }, @{ Use = 'LiteralPath' }) {
        $where = @{ $Use = "$TestDrive/nothing.xencap" }
        { Connect-XenTarget @where -ErrorAction Stop } |
            Should -Throw -ErrorId 'PathNotFound,XenShared.PowerShell.Commands.ConnectXenTargetCommand'
    }

    It 'tells of a path that is no file of the system' {
        { Connect-XenTarget -Path 'Env:PATH' -ErrorAction Stop } |
            Should -Throw -ErrorId 'FileSystemPathRequired,XenShared.PowerShell.Commands.ConnectXenTargetCommand'
    }

    It 'connects to the others when one file is bad' {
        Set-Content "$TestDrive/bad.cap" 'hello'
        (Connect-XenTarget -LiteralPath "$TestDrive/bad.cap", $other -ErrorAction SilentlyContinue).HostName | Should -Be 'xen-other'
    }
}

Describe 'Get-XenTarget and Disconnect-XenTarget' {
    BeforeEach {
        Get-XenTarget | Disconnect-XenTarget
        $first = Connect-XenTarget -Path $capture
        $second = Connect-XenTarget -Path $other
    }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'lists targets in the order of their connection' {
        (Get-XenTarget).HostName | Should -Be 'xen-test', 'xen-other'
        (Get-XenTarget -Id $second.Id).HostName | Should -Be 'xen-other'
    }

    It 'gives the default back to the target before' {
        (Get-XenDomain).Name | Should -Be 'other'
        Disconnect-XenTarget
        (Get-XenDomain).Count | Should -Be 6
        $first.IsDefault | Should -BeTrue
        $second.IsDefault | Should -BeFalse
    }

    It 'disconnects by object, by number and from the pipeline' {
        Disconnect-XenTarget $second
        Get-XenTarget | Should -HaveCount 1
        Disconnect-XenTarget -Id $first.Id
        Get-XenTarget | Should -BeNullOrEmpty
    }

    It 'does nothing with null from the pipeline' {
        $null | Disconnect-XenTarget
        @() | Disconnect-XenTarget
        Get-XenTarget | Should -HaveCount 2
    }

    It 'asks the target that -Target names' {
        (Get-XenDomain -Target $first).Count | Should -Be 6
        (Get-XenDomain -Target $second).Name | Should -Be 'other'
    }

    It 'tells of a target that does not exist with TargetNotFound' -ForEach @(@{ Verb = 'Get' }, @{ Verb = 'Disconnect' }) {
        { & "$Verb-XenTarget" -Id 4711 -ErrorAction Stop } |
            Should -Throw -ErrorId "TargetNotFound,XenShared.PowerShell.Commands.${Verb}XenTargetCommand"
    }

    It 'tells of a target that was disconnected with TargetDisconnected' {
        Disconnect-XenTarget $second
        { Get-XenDomain -Target $second } | Should -Throw -ErrorId 'TargetDisconnected,XenShared.PowerShell.Commands.GetXenDomainCommand'
    }

    It 'serves several runspaces at once' {
        $counts = 1..8 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:ModuleFolder
            @(Get-XenEventChannel -Target $using:first -WarningAction SilentlyContinue).Count
        }
        $counts | Should -Be (@(15) * 8)
    }

    It 'keeps the targets of sessions apart' {
        $shell = [powershell]::Create()
        try {
            $shell.AddScript("Import-Module '$ModuleFolder'; Get-XenTarget").Invoke() | Should -BeNullOrEmpty
        }
        finally { $shell.Dispose() }
    }

    It 'disconnects everything when the module is removed' {
        Remove-Module XenShared
        Import-Module (Join-Path $ModuleFolder 'XenShared.psd1')
        Get-XenTarget | Should -BeNullOrEmpty
    }
}

Describe 'A machine without Xen' {
    BeforeAll {
        $isXenHost = (Test-Path /proc/xen/privcmd) -or (Test-Path /dev/xen/privcmd)
        Get-XenTarget | Disconnect-XenTarget
    }

    It 'ends <Name> with XenNotAvailable' -ForEach @(
        @{ Name = 'Connect-XenTarget'; Arguments = @{ Local = $true } }
        @{ Name = 'Get-XenDomain'; Arguments = @{} }
        @{ Name = 'Get-XenSharedInfo'; Arguments = @{ DomId = 5 } }
        @{ Name = 'Get-XenVcpuInfo'; Arguments = @{} }
        @{ Name = 'Get-XenClock'; Arguments = @{} }
        @{ Name = 'Get-XenEventChannel'; Arguments = @{} }
        @{ Name = 'Export-XenCapture'; Arguments = @{ Path = 'TestDrive:/none.xencap' } }
    ) {
        if ($isXenHost) { Set-ItResult -Skipped -Because 'this machine is a Xen host' }
        $failed = $null
        try { & $Name @Arguments -ErrorAction Stop } catch { $failed = $_ }
        $failed.FullyQualifiedErrorId | Should -BeExactly "XenNotAvailable,XenShared.PowerShell.Commands.$($Name.Replace('-', ''))Command"
        $failed.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $failed.ErrorDetails.RecommendedAction | Should -Match 'Connect-XenTarget -Path'
        Test-Path 'TestDrive:/none.xencap' | Should -BeFalse
    }

    It 'still refuses -1 with the reason, without asking Xen' {
        { Get-XenDomain -DomId -1 -ErrorAction Stop } |
            Should -Throw -ErrorId 'DomainNotFound,XenShared.PowerShell.Commands.GetXenDomainCommand'
    }

    It 'lists no target' {
        Get-XenTarget | Should -BeNullOrEmpty
    }
}

Describe 'Files of one guest' {
    BeforeAll {
        $data = Join-Path $RepositoryRoot 'tests/data'
        $noDomain = 32756
    }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'connects to <File> as <Kind>' -ForEach @(
        @{ File = 'bookworm-pv-fifo.core'; Kind = 'CoreDump' }
        @{ File = 'bookworm-pvh-fifo.core'; Kind = 'CoreDump' }
        @{ File = 'bookworm-pv-fifo.save'; Kind = 'SavedGuest' }
    ) {
        $target = Connect-XenTarget -Path (Join-Path $data $File)
        $target.Kind | Should -Be $Kind
        "$($target.XenVersion)" | Should -Match '^4\.17'
        $target.HostName | Should -BeNullOrEmpty
        $domain = Get-XenDomain -WarningAction SilentlyContinue
        $domain.DomId | Should -Be $noDomain
        $domain.State | Should -Be $null
        $domain.CpuTime | Should -Be $null
        $channels = Get-XenEventChannel -WarningVariable said -WarningAction SilentlyContinue
        $channels.Count | Should -BeGreaterThan 3
        $channels.IsLive | Should -Be (@($null) * $channels.Count)
        $said.Count | Should -Be 1
        "$said" | Should -BeLike '*inferred*'
    }

    It 'finds in a core dump what the capture of the same moment has' {
        $dump = Connect-XenTarget -Path "$data/bookworm-pv-fifo.core"
        $capture = Connect-XenTarget -Path "$data/bookworm-pv-fifo-at-core.xencap"
        (Get-XenEventChannel -Target $dump -Pending -WarningAction SilentlyContinue).Port |
            Should -Be (Get-XenEventChannel -Target $capture -Pending).Port
        $there = Get-XenVcpuInfo -Target $dump
        $here = Get-XenVcpuInfo -Target $capture
        $there.Location | Should -Be $here.Location
        $there.Time.SystemTime | Should -Be $here.Time.SystemTime
        $here.IsLive | Should -BeTrue
        $there.IsLive | Should -Be $null
    }

    It 'lists the channels of a console log' {
        (Connect-XenTarget -Path "$data/bookworm-pv-fifo-at-core.dmesg.txt").Kind | Should -Be 'ConsoleLog'
        $channels = Get-XenEventChannel -DomId 1
        $channels.Source | Sort-Object -Unique | Should -Be 'Hypervisor'
        ($channels | Where-Object Pending).Port | Should -Be 3
        Get-XenSharedInfo -DomId 1 -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'NotSupportedByHost,*'
    }

    It 'reads a bare page, and asks for its layout where it does not tell' {
        [IO.File]::WriteAllBytes("$TestDrive/told.bin", (New-Page -Bound 1, 2 -Pending 2))
        $page = Get-XenSharedInfo -Path "$TestDrive/told.bin"
        $page.Layout | Should -Be 'X86_64'
        $page.PendingPort | Should -Be 2
        [IO.File]::WriteAllBytes("$TestDrive/blank.bin", [byte[]]::new(4096))
        Get-XenSharedInfo -Path "$TestDrive/blank.bin" -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'LayoutUnknown,*'
        (Get-XenSharedInfo -Path "$TestDrive/blank.bin" -Layout Arm).Layout | Should -Be 'Arm'
    }

    It 'shows in its views what a file does not carry as a question mark' {
        $null = Connect-XenTarget -Path "$data/bookworm-pvh-fifo.core"
        $text = Get-XenDomain | Format-Table | Out-String -Width 80
        $text | Should -Match "$noDomain\s+\?\s+\?"
        $text -split "`n" | ForEach-Object { $_.TrimEnd().Length } | Measure-Object -Maximum | ForEach-Object Maximum |
            Should -BeLessOrEqual 80
        Get-XenSharedInfo | Format-List | Out-String | Should -Match 'TakenAt\s+: \?'
    }

    It 'refuses a core dump that was cut off with FileDamaged and the offset' {
        [IO.File]::WriteAllBytes("$TestDrive/cut.core", [IO.File]::ReadAllBytes("$data/bookworm-pv-fifo.core")[0..9999])
        { Connect-XenTarget -Path "$TestDrive/cut.core" -ErrorAction Stop } | Should -Throw -ErrorId 'FileDamaged,*'
        $Error[0].ToString() | Should -Match "'cut\.core' is damaged at offset [0-9]+: "
    }
}
