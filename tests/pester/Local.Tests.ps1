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
        param([string] $Script, [string] $Libraries = "$TestDrive/fake/4.17", [string] $Failures = '')
        $counters = "$TestDrive/counters.txt"
        Remove-Item $counters -ErrorAction Ignore
        $said = Invoke-Within 60 $Script @{ LD_LIBRARY_PATH = $Libraries; FAKEXEN_HOST = "$TestDrive/host.txt"
            FAKEXEN_COUNTERS = $counters; FAKEXEN_FAIL = $Failures }
        $count = @{}
        foreach ($line in Get-Content $counters -ErrorAction Ignore) { $name, $value = $line -split ' '; $count[$name] = [long]$value }
        [pscustomobject]@{ Lines = @($said.Trim() -split '\r?\n'); Count = $count }
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
