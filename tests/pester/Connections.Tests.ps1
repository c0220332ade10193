BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $bed = (New-Item "$TestDrive/bed" -ItemType Directory).FullName
    $null = New-Item "$bed/bin", "$bed/tmp" -ItemType Directory
    $text = Get-Content (New-TestCapture "$bed/host.xencap")
    Set-Content "$bed/host.xencap" $text -Encoding utf8NoBOM

    # Stands for ssh: 'cat' is the connection, and says that it stands; anything else is answered by a capture, and that of domain 3 never
    # while there is a file 'deaf'.
    Set-Content "$bed/bin/ssh" @"
#!/bin/bash
args=("`$@")
for i in "`${!args[@]}"; do [ "`${args[`$i]}" = -- ] && host=`${args[`$((i + 1))]} && command=`${args[`$((i + 2))]} && break; done
[ -z "`$command" ] && exit
[ "`$command" = cat ] && { echo "`$`$" >>"$bed/connected"; exec cat; }
echo '{"kind":"hello","wire":6}' >&2
[ -e "$bed/deaf" ] && case `$command in *--domid=3*) echo "`$`$" >>"$bed/asked"; exec sleep 600 ;; esac
sed "1s/xen-test/`$host/" "$bed/host.xencap"
"@
    if ($IsLinux) { chmod 755 "$bed/bin/ssh" }
    $environment = @{ PATH = "$bed/bin:$env:PATH"; TMPDIR = "$bed/tmp" }

    # What of the connections that were made still runs, and what of their folders is left; both end within moments, or never.
    function Get-Leftover {
        foreach ($try in 1..300) {
            $left = @(Get-Content "$bed/connected", "$bed/asked" -ErrorAction Ignore |
                Where-Object { Test-Path "/proc/$_" }) + @(Get-ChildItem "$bed/tmp" -Filter 'xs-*')
            if (-not $left) { return }
            Start-Sleep -Milliseconds 100
        }
        $left
    }
}

Describe 'Connections' {
    BeforeEach {
        if (-not $IsLinux) { Set-ItResult -Skipped -Because 'this is not Linux' }
        Remove-Item "$bed/connected", "$bed/asked", "$bed/deaf" -ErrorAction Ignore
    }

    It 'keeps one of five with Select-Object -First 1' {
        $said = Invoke-Within 120 @"
`$one = Connect-XenTarget -HostName a, b, c, d, e | Select-Object -First 1
"targets: `$(@(Get-XenTarget).Count)"
foreach (`$try in 1..300) {
    if (@(Get-Content '$bed/connected' | Where-Object { Test-Path "/proc/`$_" }).Count -le 1) { break }
    Start-Sleep -Milliseconds 100
}
"running: `$(@(Get-Content '$bed/connected' | Where-Object { Test-Path "/proc/`$_" }).Count)"
"folders: `$(@(Get-ChildItem '$bed/tmp' -Filter 'xs-*').Count)"
"domains: `$(@(Get-XenDomain -Target `$one).Count)"
"@ $environment
        $said | Should -Match 'targets: 1'
        $said | Should -Match 'running: 1'
        $said | Should -Match 'folders: 1'
        $said | Should -Match 'domains: 6'
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'leaves nothing after <How>' -ForEach @(
        @{ How = 'Disconnect-XenTarget'; Script = 'Disconnect-XenTarget; "left: $(@(Get-XenTarget).Count)"' }
        @{ How = 'Remove-Module'; Script = 'Remove-Module XenShared; Start-Sleep 0' }
        @{ How = 'the end of the process'; Script = '"end"' }
        @{ How = 'exit'; Script = 'exit 3' }
        @{ How = 'an error'; Script = 'throw "it fails"' }
        @{ How = 'a kill'; Script = 'Stop-Process -Id $PID -Force' }
        @{ How = 'the end of a fail-fast'; Script = '[Environment]::FailFast("on purpose")' }
    ) {
        $null = Invoke-Within 120 "`$null = Connect-XenTarget -HostName a, b; $Script" $environment
        @(Get-Content "$bed/connected").Count | Should -Be 2
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'leaves nothing in a session whose runspace has been closed' {
        $said = Invoke-Within 120 @"
`$shell = [powershell]::Create()
`$null = `$shell.AddScript('Import-Module ''$ModuleFolder''; Connect-XenTarget -HostName a').Invoke()
`$shell.Runspace.Close()
foreach (`$try in 1..300) {
    if (-not (Get-Content '$bed/connected' | Where-Object { Test-Path "/proc/`$_" })) { break }
    Start-Sleep -Milliseconds 100
}
"running: `$(@(Get-Content '$bed/connected' | Where-Object { Test-Path "/proc/`$_" }).Count)"
"@ $environment
        $said | Should -Match 'running: 0'
    }

    It 'cuts off who is reading, with <Id>' -ForEach @{ Id = 'TargetDisconnected' } {
        $null = New-Item "$bed/deaf"
        # A reader in a thread of its own (two targets are asked at the same time); the pipeline disconnects the one that does not answer.
        $said = Invoke-Within 120 @"
`$a, `$b = Connect-XenTarget -HostName a, b | Sort-Object HostName
`$simulated = Connect-XenTarget -Simulated -DomainCount 3
Get-XenSharedInfo -DomId 3, 1 -Target `$a, `$simulated -ErrorVariable failed -ErrorAction SilentlyContinue | ForEach-Object {
    foreach (`$try in 1..300) { if (Test-Path '$bed/asked') { break }; Start-Sleep -Milliseconds 100 }
    if (`$a) { Disconnect-XenTarget `$a; `$a = `$null }
}
"failed: `$(`$failed.FullyQualifiedErrorId -join ' ')"
"left: `$(@(Get-XenTarget).Count)"
"@ $environment
        $said | Should -Match "failed: .*$Id,"
        $said | Should -Match 'left: 2'
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'disconnects without an error when the folder of its socket has gone' {
        $said = Invoke-Within 120 ("`$null = Connect-XenTarget -HostName a; Remove-Item '$bed/tmp/xs-*' -Recurse; " +
            "Disconnect-XenTarget; 'errors: ' + `$Error.Count") $environment
        $said | Should -Match 'errors: 0'
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'connects to nothing with -WhatIf' -ForEach @(
        @{ Arguments = '-HostName a, b' }, @{ Arguments = '-HostName a -InstallRemote' }, @{ Arguments = '-Simulated' },
            @{ Arguments = '-Local' }, @{ Arguments = "-Path '{0}/host.xencap'" }
    ) {
        $said = Invoke-Within 120 "Connect-XenTarget $($Arguments -f $bed) -WhatIf; 'targets: ' + @(Get-XenTarget).Count" $environment
        $said | Should -Match 'What if: .*Connect'
        $said | Should -Match 'targets: 0'
        "$bed/connected" | Should -Not -Exist
    }

    It 'asks a target in other threads below a poke of it' {
        # The poke's result goes down the pipeline while its target is held; what comes next asks the same target beside another one.
        $said = Invoke-Within 120 @'
$a = Connect-XenTarget -Simulated -DomainCount 6
$b = Connect-XenTarget -Simulated -DomainCount 6 -Seed 2
$domId = (Get-XenDomain -Name 'sim-pv-2l*' -Target $a)[0].DomId
$found = Send-XenEvent -DomId $domId -Port 2 -Target $a -Confirm:$false | ForEach-Object { Get-XenDomain -Target $a, $b }
"found: $($found.Count)"
'@ $environment
        $said | Should -Match 'found: 14'
    }
}
