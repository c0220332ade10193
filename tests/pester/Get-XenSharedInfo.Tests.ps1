BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $capture = New-TestCapture
    $null = Connect-XenTarget -Path $capture
}

AfterAll { Get-XenTarget | Disconnect-XenTarget }

Describe 'Get-XenSharedInfo' {
    It 'reads the page of a domain (the line of the readme)' {
        $info = Get-XenSharedInfo -DomId 5
        $info.PSTypeNames[0] | Should -Be 'XenShared.XenSharedInfo'
        $info.DomId | Should -Be 5
        $info.DomainName | Should -BeExactly 'web01'
        "$($info.Layout)" | Should -BeExactly 'X86_64'
        "$($info.EventAbi)" | Should -BeExactly 'TwoLevel'
        $info.Frame | Should -Be 0xbfc55
        $info.TakenAt | Should -BeOfType [DateTimeOffset]
        $info.PendingPort | Should -Be 3
        $info.UnmaskedPort | Should -Be 1, 2, 3, 5, 6
        $info.Arch.MaxPfn | Should -Be 0x8000
        $info.Bytes.Count | Should -Be 4096
        $info.HostName | Should -BeExactly 'xen-test'
    }

    It 'reads the wall clock' {
        $clock = (Get-XenSharedInfo -DomId 5).WallClock
        $clock.Version | Should -Be 2
        $clock.Seconds | Should -Be 1795338867
        $clock.Time | Should -Be ([DateTimeOffset]::FromUnixTimeSeconds(1795338867))
    }

    It 'has a record for each vCPU of the domain' {
        $vcpus = (Get-XenSharedInfo -DomId 5).Vcpu
        $vcpus.Vcpu | Should -Be 0, 1
        $vcpus[0].PSTypeNames[0] | Should -Be 'XenShared.XenVcpuInfo'
        $vcpus[0].UpcallPending | Should -BeOfType [bool]
    }

    It 'does not take the dead bitmaps of a FIFO guest for its state' {
        $info = Get-XenSharedInfo -DomId 0
        "$($info.EventAbi)" | Should -BeExactly 'Fifo'
        $null -eq $info.PendingPort | Should -BeTrue
        $null -eq $info.UnmaskedPort | Should -BeTrue
        $info.AbiEvidence | Should -Not -BeNullOrEmpty
    }

    It 'reads in the layout that is asked for' {
        $info = Get-XenSharedInfo -DomId 5 -Layout X86_32
        "$($info.Layout)" | Should -BeExactly 'X86_32'
        $info.WallClock.Seconds | Should -Be 0
    }

    It 'reads a file in place of the target with -<Use>' -ForEach @(@{ Use = 'Path' }, @{ Use = 'LiteralPath' }) {
        $other = Save-Capture "$TestDrive/other.xencap" @((New-DomainLine 5 'elsewhere'), (New-Sample 5 (New-Page -Bound 1)),
            (New-PortsLine 5 @{ port = 1; state = 'Ipi' })) -HostName 'xen-other'
        $where = @{ $Use = $other }
        (Get-XenSharedInfo -DomId 5 @where).DomainName | Should -Be 'elsewhere'
        (Get-XenSharedInfo @where -Name 'else*').HostName | Should -Be 'xen-other'
        (Get-XenSharedInfo @where).DomId | Should -Be 5
        (Get-XenTarget).HostName | Should -Be 'xen-test' -Because 'the file does not become the session''s target'
    }

    It 'reads files from the pipeline' {
        $found = Get-Item -LiteralPath $capture | Get-XenSharedInfo -ErrorAction SilentlyContinue
        $found.DomId | Should -Be 0, 3, 5, 6, 8
    }

    It 'goes on after a file that is bad' {
        Set-Content "$TestDrive/bad.xencap" 'hello'
        $found = Get-XenSharedInfo -LiteralPath "$TestDrive/bad.xencap", "$TestDrive/none.xencap",
            $capture -DomId 5 -ErrorVariable failed -ErrorAction SilentlyContinue
        $found.DomId | Should -Be 5
        $failed.FullyQualifiedErrorId | Should -Be @(
            'FileNotRecognised,XenShared.PowerShell.Commands.GetXenSharedInfoCommand'
            'PathNotFound,XenShared.PowerShell.Commands.GetXenSharedInfoCommand')
        $failed[0].TargetObject | Should -Be "$TestDrive/bad.xencap"
    }

    It 'tells of a file that may not be read with FileAccessDenied' {
        # Not even root may read this one.
        $secret = '/sys/bus/platform/uevent'
        if (-not (Test-Path $secret)) { Set-ItResult -Skipped -Because "there is no $secret" }
        { Get-XenSharedInfo -LiteralPath $secret -ErrorAction Stop } |
            Should -Throw -ErrorId 'FileAccessDenied,XenShared.PowerShell.Commands.GetXenSharedInfoCommand'
    }

    It 'tells of a directory with PathIsDirectory' {
        { Get-XenSharedInfo -LiteralPath $TestDrive -ErrorAction Stop } |
            Should -Throw -ErrorId 'PathIsDirectory,XenShared.PowerShell.Commands.GetXenSharedInfoCommand'
    }

    It 'takes -Target or a file, not both' {
        { Get-XenSharedInfo -Target (Get-XenTarget) -Path $capture } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }

    It 'reports what is unstable and leaves it out' {
        $info = Get-XenSharedInfo -DomId 8 -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'SharedInfoUnstable,XenShared.PowerShell.Commands.GetXenSharedInfoCommand'
        $failed[0].TargetObject | Should -Be 8
        $null -eq $info.WallClock | Should -BeTrue
        $info.Unstable | Should -Be 'X86_64 wall clock'
    }

    It 'reports a page whose layout it cannot tell, and reads it in the layout that is asked for' {
        $page = New-Page -Fifo
        [Array]::Clear($page, 3072, 16)
        $blank = Save-Capture "$TestDrive/blank.xencap" @((New-DomainLine 4 'hvm' -Type HVM), (New-Sample 4 $page),
            (New-PortsLine 4 @{ port = 1; state = 'Ipi' }))
        { Get-XenSharedInfo -Path $blank -ErrorAction Stop } |
            Should -Throw -ErrorId 'LayoutUnknown,XenShared.PowerShell.Commands.GetXenSharedInfoCommand'
        "$((Get-XenSharedInfo -Path $blank -Layout X86_64).Layout)" | Should -BeExactly 'X86_64'
    }

    It 'watches only as long as -SampleSeconds says: not at all for a capture' {
        (Measure-Command { Get-XenSharedInfo -DomId 5 -SampleSeconds 60 }).TotalSeconds | Should -BeLessThan 5
        { Get-XenSharedInfo -DomId 5 -SampleSeconds -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}

Describe 'Errors' {
    It 'gives <Id> its id, category and target' -ForEach @(
        @{ Id = 'XenNotAvailable'; Category = 'ResourceUnavailable'; Ends = $true }
        @{ Id = 'XenAccessDenied'; Category = 'PermissionDenied'; Ends = $false }
        @{ Id = 'XenInterfaceMismatch'; Category = 'ResourceUnavailable'; Ends = $true }
        @{ Id = 'XenLibraryNotFound'; Category = 'NotInstalled'; Ends = $true }
        @{ Id = 'DomainNotFound'; Category = 'ObjectNotFound'; Ends = $false }
        @{ Id = 'DomainVanished'; Category = 'ObjectNotFound'; Ends = $false }
        @{ Id = 'SharedInfoNotMapped'; Category = 'ResourceUnavailable'; Ends = $false }
        @{ Id = 'SharedInfoOfOwnDomain'; Category = 'InvalidOperation'; Ends = $false }
        @{ Id = 'SharedInfoUnstable'; Category = 'ResourceBusy'; Ends = $false }
        @{ Id = 'LayoutUnknown'; Category = 'InvalidData'; Ends = $false }
        @{ Id = 'EventChannelNotFound'; Category = 'ObjectNotFound'; Ends = $false }
        @{ Id = 'EventStateUnknown'; Category = 'InvalidData'; Ends = $false }
        @{ Id = 'ScanRefused'; Category = 'InvalidOperation'; Ends = $false }
        @{ Id = 'PokeRefused'; Category = 'InvalidOperation'; Ends = $false }
        @{ Id = 'PokeLostRace'; Category = 'ResourceBusy'; Ends = $false }
        @{ Id = 'NotSupportedByHost'; Category = 'NotImplemented'; Ends = $false }
        @{ Id = 'HostUnreachable'; Category = 'ConnectionError'; Ends = $true }
        @{ Id = 'RemoteNotInstalled'; Category = 'NotInstalled'; Ends = $true }
        @{ Id = 'FileNotRecognised'; Category = 'InvalidData'; Ends = $true }
        @{ Id = 'FileDamaged'; Category = 'InvalidData'; Ends = $true }
        @{ Id = 'PokeNotLogged'; Category = 'WriteError'; Ends = $false }
        @{ Id = 'WaitTimedOut'; Category = 'OperationTimeout'; Ends = $false }
    ) {
        # A capture repeats the errors that its host met, so each can be met here.
        $met = Save-Capture "$TestDrive/met.xencap" @(
            New-DomainLine 4 'bad'
            New-ErrorLine 4 -Part page -Id $Id
            New-DomainLine 5 'good'
            New-Sample 5 (New-Page -Bound 1)
            New-PortsLine 5 @{ port = 1; state = 'Ipi' })
        $target = Connect-XenTarget -Path $met
        $found = $failed = $null
        try { $found = Get-XenSharedInfo -Target $target -ErrorAction SilentlyContinue -ErrorVariable failed } catch { $failed = @($_) }
        Disconnect-XenTarget $target
        $failed[0].FullyQualifiedErrorId | Should -BeExactly "$Id,XenShared.PowerShell.Commands.GetXenSharedInfoCommand"
        $failed[0].CategoryInfo.Category | Should -Be $Category
        $failed[0].TargetObject | Should -Be 4
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$($failed[0])" | Should -BeExactly "Domain 4 met $Id."
        $found.DomId | Should -Be ($Ends ? $null : 5) -Because 'only an error of the whole target ends the pipeline'
    }

    It 'knows every id of the library' {
        $tested = (Get-Content -Raw $PSCommandPath |
            Select-String "(?m)^ +@\{ Id = '(\w+)'" -AllMatches).Matches.ForEach{ $_.Groups[1].Value }
        [enum]::GetNames([XenShared.XenErrorId]) | Sort-Object | Should -Be ($tested | Sort-Object)
    }
}
