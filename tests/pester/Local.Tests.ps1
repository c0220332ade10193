# The local target in a real PowerShell, over the fake libxenctrl family of tests/native.

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $isReady = $IsLinux -and (Get-Command gcc -ErrorAction Ignore)
    if ($isReady) {
        sh "$RepositoryRoot/tests/native/fakexen/build.sh" "$TestDrive/fake" 16 17
        if ($LASTEXITCODE -ne 0) { throw 'The fake Xen libraries do not build.' }
        [IO.File]::WriteAllBytes("$TestDrive/pv.bin", (New-Page -Bound 1, 2, 3 -Pending 3))
        [IO.File]::WriteAllBytes("$TestDrive/fifo.bin", (New-Page -Fifo))
        Set-Content "$TestDrive/host.txt" @'
xen 4 17 .7
domain 0
flags running
frame 0xbf000
page fifo.bin
pages 262144
online 1
max_vcpu 0
vcpu 0 online running 50000000000 0
port 1 virq 0
port 2 ipi
store /local/domain/0/name Domain-0
domain 5
flags blocked
frame 0xbfc58
page pv.bin
pages 32768
online 1
max_vcpu 0
width 8
vcpu 0 online blocked 1000000000 0
port 1 interdomain 0 20
port 2 interdomain 0 21
port 3 virq 0
store /local/domain/5/name web01
store /local/domain/5/console/port 2
domain 9
flags hvm hap paused
frame none
max_vcpu 0
vcpu 0 offline idle 0 0
'@
    }

    # Runs a script on the fake host; gives what it wrote, and what the libraries counted.
    function Invoke-OnHost {
        param([string] $Script, [string] $Libraries = "$TestDrive/fake/4.17", [string] $Failures = '', [string] $Kernel = '')
        $counters = "$TestDrive/counters.txt"
        Remove-Item $counters -ErrorAction Ignore
        $said = Invoke-Within 60 $Script @{ LD_LIBRARY_PATH = $Libraries; FAKEXEN_HOST = "$TestDrive/host.txt"
            FAKEXEN_COUNTERS = $counters; FAKEXEN_FAIL = $Failures; XENSHARED_KERNEL_ROOT = $Kernel }
        $count = @{}
        foreach ($line in Get-Content $counters -ErrorAction Ignore) { $name, $value = $line -split ' '; $count[$name] = [long]$value }
        [pscustomobject]@{ Lines = @($said.Trim() -split '\r?\n'); Count = $count }
    }

    # The files of dom0's kernel: one range of memory with its variables, the event array and the area of CPU 0.
    function New-Kernel {
        param([string] $Root, [uint32[]] $Words)
        $base = [Convert]::ToUInt64('ffff888000000000', 16)
        $memory = [byte[]]::new(0x3000)
        function Set-Value ([int] $At, $Value) { [BitConverter]::GetBytes($Value).CopyTo($memory, $At) }
        Set-Value 0x200 ([uint64]($base + 0x100)); Set-Value 0x208 ([uint64]1); Set-Value 0x300 ([uint64]($base + 0x1000))
        Set-Value 0x800 ([uint64]($base + 0x2000)); Set-Value 0x2108 ([uint64]($base + 0x2140))
        foreach ($port in 0..1023) { Set-Value (0x1000 + 4 * $port) ($port -lt $Words.Count ? $Words[$port] : [uint32]0x40000000) }
        [Array]::Copy((New-Page -Fifo -Version 500 -UpcallPending 1), 0, $memory, 0x2140, 64)
        $header = [byte[]]::new(64 + 56)
        [byte[]](0x7f, 0x45, 0x4c, 0x46, 2, 1, 1) | ForEach-Object { $at = 0 } { $header[$at++] = $_ }
        $length = [uint64]$memory.Length
        foreach ($field in @(32, [uint64]64), @(54, [uint16]56), @(56, [uint16]1), @(64, [uint32]1), @(72, [uint64]120), @(80, $base),
            @(96, $length), @(104, $length)) { [BitConverter]::GetBytes($field[1]).CopyTo($header, $field[0]) }
        $null = New-Item -ItemType Directory -Force "$Root/proc/sys/kernel/random"
        Set-Content "$Root/proc/sys/kernel/random/boot_id" (New-Guid)
        [IO.File]::WriteAllBytes("$Root/proc/kcore", [byte[]]($header + $memory))
        Set-Content "$Root/proc/kallsyms" @(
            @{ evtchn_ops_2l = 0; evtchn_ops_fifo = 0x100; evtchn_ops = 0x200; event_array_pages = 0x208; event_array = 0x300
                __per_cpu_offset = 0x800 }.GetEnumerator() | ForEach-Object { '{0:x16} d {1}' -f ($base + $_.Value), $_.Key }
            '0000000000000100 A xen_vcpu_id', '0000000000000108 A xen_vcpu', '0000000000000140 A xen_vcpu_info')
    }

    function Assert-Clean ($Run) {
        $Run.Count.opens | Should -BeGreaterThan 0
        $Run.Count.closes | Should -Be $Run.Count.opens
        $Run.Count.live_maps | Should -Be 0
        $Run.Count.writable_maps | Should -Be 0
        $Run.Count.misuses | Should -Be 0
    }
}

Describe 'The local host' {
    BeforeEach { if (-not $isReady) {
        Set-ItResult -Skipped -Because 'gcc is not installed, which the fake Xen libraries are built with, or this is not Linux' }
    }

    It 'answers without Connect-XenTarget, and every handle is closed' {
        $run = Invoke-OnHost ('(Get-XenDomain).DomId -join " "; (Get-XenSharedInfo -DomId 5).PendingPort; ' +
            '(Get-XenEventChannel -WarningAction Ignore | Where Pending).Port')
        $run.Lines | Should -Be '0 5 9', '3', '3'
        Assert-Clean $run
    }

    It 'knows the channels and records of the control domain from its own kernel, without a warning' {
        New-Kernel "$TestDrive/kernel" (0x40000000, [uint32]::Parse('a0000000', 'HexNumber'), 0)
        $run = Invoke-OnHost -Kernel "$TestDrive/kernel" @'
$channels = Get-XenEventChannel -DomId 0 -WarningVariable warnings
"$($channels.Source) $($channels.EventAbi) $($warnings.Count)"
(Get-XenEventChannel -DomId 0, 5 | Where Pending | ForEach-Object { "$($_.DomId):$($_.Port)" }) -join ' '
(Get-XenVcpuInfo -SampleSeconds 0 -DomId 0, 5 -Source Kernel | ForEach-Object { "$_ $($_.Source) $($_.UpcallPending)" }) -join ' '
'@
        $run.Lines | Should -Be 'Kernel Kernel Fifo Fifo 0', '0:1 5:3', 'domain 0 (Domain-0) vCPU 0 Kernel True'
        Assert-Clean $run
    }

    It 'says in one warning why its own kernel does not match, and shows nothing of it' {
        New-Kernel "$TestDrive/other" (0, 0, 0, [uint32]::Parse('80000000', 'HexNumber'))
        $run = Invoke-OnHost -Kernel "$TestDrive/other" @'
$channels = Get-XenEventChannel -DomId 0 -WarningVariable warnings -WarningAction SilentlyContinue
$known = @($channels | Where { $null -ne $_.Pending })
"$($warnings.Count) $("$warnings" -match 'port 3 is closed in Xen, but pending') $($known.Count)"
'@
        $run.Lines | Should -Be '1 True 0'
        Assert-Clean $run
    }

    It 'is opened once for each pipeline' {
        $one = (Invoke-OnHost '$null = Get-XenEventChannel -DomId 5').Count.opens
        $one | Should -BeGreaterThan 0
        (Invoke-OnHost '$null = 5, 0, 5, 9, 5 | Get-XenEventChannel -WarningAction Ignore').Count.opens | Should -Be $one
        (Invoke-OnHost '$null = Get-XenDomain; $null = Get-XenDomain').Count.opens | Should -Be (2 * $one)
        $connected = Invoke-OnHost ('$null = Connect-XenTarget; $null = Get-XenDomain; ' +
            '$null = Get-XenDomain | Get-XenSharedInfo -ErrorAction Ignore; Disconnect-XenTarget')
        $connected.Count.opens | Should -Be $one
        Assert-Clean $connected
    }

    It 'is closed when the pipeline ends early, and when the module is removed' {
        Assert-Clean (Invoke-OnHost ('$null = Get-XenEventChannel -WarningAction Ignore | Select-Object -First 1; ' +
            '$null = Get-XenSharedInfo | Select-Object -First 1'))
        Assert-Clean (Invoke-OnHost '$null = Connect-XenTarget -Local; Remove-Module XenShared')
        Assert-Clean (Invoke-OnHost 'try { Get-XenDomain -DomId 4 -ErrorAction Stop } catch { }')
    }

    It 'is watched for as long as -SampleSeconds says, and Ctrl+C ends that within a second' {
        $run = Invoke-OnHost @'
$shell = [powershell]::Create()
$null = $shell.AddScript("Import-Module '$((Get-Module XenShared).Path)'; Get-XenVcpuInfo -SampleSeconds 60").BeginInvoke()
Start-Sleep 2
"$($shell.InvocationStateInfo.State)"
$clock = [Diagnostics.Stopwatch]::StartNew()
$shell.Stop()
"$($clock.Elapsed.TotalSeconds -lt 1) $($shell.InvocationStateInfo.State) $($shell.Streams.Error.Count)"
$shell.Dispose()
'@
        $run.Lines | Should -Be 'Running', 'True Stopped 0'
        Assert-Clean $run
    }

    It 'shows that it is being watched, and leaves neither a bar nor an error behind when the rest is not wanted' {
        $run = Invoke-OnHost @'
$shell = [powershell]::Create()
$script = "Import-Module '$((Get-Module XenShared).Path)'; Get-XenVcpuInfo -SampleSeconds 1.2 | Select-Object -First 1"
$out = $shell.AddScript($script).Invoke()
"$($out.Count) $($shell.Streams.Error.Count) $($shell.Streams.Progress.RecordType)"
$shell.Dispose()
'@
        $run.Lines | Should -Be '1 0 Processing Completed'
        Assert-Clean $run
    }

    It 'is captured, and the capture answers alike' {
        $run = Invoke-OnHost ("`$here = Get-XenDomain | ForEach-Object { `"`$_`" }; " +
            "`$null = Export-XenCapture '$TestDrive/host.xencap' -SampleSeconds 0 | Connect-XenTarget; " +
            "`$there = Get-XenDomain | ForEach-Object { `"`$_`" }; `"`$here`" -eq `"`$there`"; `$here.Count")
        $run.Lines | Should -Be 'True', '3'
        Assert-Clean $run
    }

    It 'that refuses ends the pipeline with <Expected>' -ForEach @(
        @{ Expected = 'XenAccessDenied'; Failures = 'xc_interface_open:13'; Folder = '4.17'; Category = 'PermissionDenied' }
        @{ Expected = 'XenNotAvailable'; Failures = 'xc_interface_open:2'; Folder = '4.17'; Category = 'ResourceUnavailable' }
        @{ Expected = 'XenInterfaceMismatch'; Failures = ''; Folder = '4.16'; Category = 'ResourceUnavailable' }
        @{ Expected = 'XenLibraryNotFound'; Failures = ''; Folder = 'torn'; Category = 'NotInstalled' }
    ) {
        if ($Folder -eq 'torn') {
            Copy-Item "$TestDrive/fake/4.17" "$TestDrive/fake/torn" -Recurse -Force
            Set-Content "$TestDrive/fake/torn/libxenforeignmemory.so.1" ''
        }
        $run = Invoke-OnHost ('try { Get-XenDomain; "went on" } ' +
            'catch { $_.FullyQualifiedErrorId; "$($_.CategoryInfo.Category)" }') -Libraries "$TestDrive/fake/$Folder" -Failures $Failures
        $run.Lines | Should -Be "$Expected,XenShared.PowerShell.Commands.GetXenDomainCommand", $Category
    }

    It 'offers its domains to Tab' {
        (Invoke-OnHost '(TabExpansion2 "Get-XenDomain -Name ").CompletionMatches.CompletionText').Lines | Should -Be 'Domain-0', 'web01'
    }
}
