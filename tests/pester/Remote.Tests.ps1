BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $bed = (New-Item "$TestDrive/bed" -ItemType Directory).FullName
    $null = New-Item "$bed/bin", "$bed/started" -ItemType Directory
    $savedPath = $env:PATH

    # What the hosts answer, each under its own name.
    $text = Get-Content (New-TestCapture "$bed/host.xencap")
    $text[0] = $text[0].Replace('"xencap":1,', '"xencap":1,"writer":"XenShared 0.1.0",')

    # Stands for ssh: 'cat' is the connection, which stands at once; anything else waits until as many have come as are to come together,
    # and is answered by the host's capture. Hosts named dead-... cannot be reached, and where a real sshd runs, the host 'real' is it.
    $realSsh = (Get-Command ssh -ErrorAction Ignore).Source
    Set-Content "$bed/bin/ssh" @"
#!/bin/bash
args=("`$@")
for i in "`${!args[@]}"; do [ "`${args[`$i]}" = -- ] && host=`${args[`$((i + 1))]} && command=`${args[`$((i + 2))]} && break; done
[ "`$host" = real ] && exec '$realSsh' -F '$bed/ssh_config' "`$@"
[ -n "`$command" ] && touch "$bed/started/`$host"
case `$host in
  dead-*) echo "ssh: connect to host `$host port 22: No route to host" >&2; exit 255 ;;
esac
[ -z "`$command" ] && exit
[ "`$command" = cat ] && exec cat
echo '{"kind":"hello","wire":6}' >&2
together=`$(cat "$bed/together" 2>/dev/null || echo 0)
for ((turn = 0; turn < 600; turn++)); do
  files=("$bed"/started/host-*)
  [ "`${#files[@]}" -ge "`$together" ] && break
  sleep 0.1
done
[ "`$turn" -lt 600 ] || exit 9
sed "1s/xen-test/`$host/" "$bed/host.xencap"
"@
    Set-Content "$bed/host.xencap" $text -Encoding utf8NoBOM
    if ($IsLinux) { chmod 755 "$bed/bin/ssh" }
    $env:PATH = "$bed/bin:$env:PATH"
}

AfterAll {
    Get-XenTarget | Disconnect-XenTarget
    $env:PATH = $savedPath
}

Describe 'Connect-XenTarget -HostName' {
    BeforeEach {
        if (-not $IsLinux -or -not $realSsh) { Set-ItResult -Skipped -Because 'ssh is not installed, or this is not Linux' }
        Get-XenTarget | Disconnect-XenTarget
        Remove-Item "$bed/started/*", "$bed/together" -ErrorAction Ignore
    }

    It 'connects, and the other cmdlets ask the host' {
        $target = Connect-XenTarget -HostName host-1
        $target.Kind | Should -Be 'Remote'
        $target.HostName | Should -Be 'host-1'
        $target.IsDefault | Should -BeTrue
        (Get-XenDomain).Count | Should -Be 6
        (Get-XenEventChannel -DomId 5 -Pending).Port | Should -Be 3
        (Get-XenDomain -DomId 5 | Get-XenSharedInfo).HostName | Should -Be 'host-1'
        "$($target | Get-View)" | Should -Match 'Remote +host-1'
    }

    It 'takes lines of a table, of which empty cells say nothing' {
        Set-Content "$TestDrive/hosts.csv" "HostName,UserName,Port,KeyFilePath`nhost-1,root,,`nhost-2,,2222,"
        (Import-Csv "$TestDrive/hosts.csv" | Connect-XenTarget).HostName | Sort-Object | Should -Be 'host-1', 'host-2'
        (Get-XenDomain -Name web01).HostName | Sort-Object | Should -Be 'host-1', 'host-2'
    }

    It 'refuses <Evil> with HostUnreachable, and runs nothing' -ForEach @(
        @{ Evil = '-oProxyCommand=touch evil' }, @{ Evil = 'a;reboot' }, @{ Evil = '$(touch evil)' }, @{ Evil = "a`nb" }, @{ Evil = "a`0b" }
    ) {
        { Connect-XenTarget -HostName $Evil -ErrorAction Stop } |
            Should -Throw -ErrorId 'HostUnreachable,XenShared.PowerShell.Commands.ConnectXenTargetCommand'
        Get-ChildItem "$bed/started" | Should -BeNullOrEmpty
    }

    It 'tells of a host that cannot be reached with HostUnreachable' {
        Connect-XenTarget -HostName dead-1, host-1 -ErrorVariable failed -ErrorAction SilentlyContinue | Should -HaveCount 1
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'HostUnreachable,XenShared.PowerShell.Commands.ConnectXenTargetCommand'
        $failed[0].CategoryInfo.Category | Should -Be 'ConnectionError'
        $failed[0].TargetObject | Should -Be 'dead-1'
        "$($failed[0])" | Should -Match 'No route to host'
    }

    It 'copies nothing with -WhatIf, and needs an executable to copy' {
        { Connect-XenTarget -HostName host-1 -InstallRemote -ExecutablePath "$TestDrive/none" } | Should -Throw -ErrorId 'PathNotFound,*'
        { Connect-XenTarget -HostName host-1 -InstallRemote -ExecutablePath "$bed/bin/ssh" } | Should -Throw -ErrorId 'FileNotRecognised,*'
    }

    # By construction: no host answers before all 45 have been asked, so whoever asks one after the other waits for ever.
    It 'asks 50 hosts at once, of which 5 are dead' {
        Set-Content "$bed/together" 45
        $names = @(1..45 | ForEach-Object { "host-$_" }) + @(1..5 | ForEach-Object { "dead-$_" })
        $targets = Connect-XenTarget -HostName $names -ThrottleLimit 50 -ConnectingTimeout 60000 `
            -ErrorVariable failed -ErrorAction SilentlyContinue
        $targets | Should -HaveCount 45
        $failed | Should -HaveCount 5
        $failed.FullyQualifiedErrorId | Select-Object -Unique |
            Should -BeExactly 'HostUnreachable,XenShared.PowerShell.Commands.ConnectXenTargetCommand'
        $one = Measure-Command { Get-XenDomain -Target $targets[0] }
        $before = [GC]::GetTotalMemory($true)
        $all = Measure-Command { $script:found = Get-XenDomain -ThrottleLimit 50 }
        $found | Should -HaveCount (45 * 6)
        ($found.HostName | Sort-Object -Unique).Count | Should -Be 45
        $found = $null
        [GC]::GetTotalMemory($true) - $before | Should -BeLessThan 64MB
        Write-Information ('45 hosts took {0:n1} times as long as one' -f ($all / $one)) -InformationAction Continue
    }
}

Describe 'A real sshd' {
    BeforeAll {
        $canServe = $IsLinux -and (Test-Path /usr/sbin/sshd) -and $realSsh
        if ($canServe) {
            $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
            $listener.Start()
            $port = $listener.LocalEndpoint.Port
            $listener.Stop()
            foreach ($key in 'hostkey', 'userkey') { ssh-keygen -q -t ed25519 -N '' -f "$bed/$key" }
            $null = New-Item "$bed/far" -ItemType Directory
            $program = Join-Path $RepositoryRoot 'src/XenShared.Cli/bin'
            $dll = Get-ChildItem $program -Recurse -Filter XenShared.Cli.dll | Where-Object FullName -NotMatch 'linux-x64' |
                Sort-Object LastWriteTime | Select-Object -Last 1
            Set-Content "$bed/far/xenshared" ("#!/bin/sh`nverb=`$1; shift`n" +
                "exec '$((Get-Command dotnet).Source)' '$($dll.FullName)' `"`$verb`" --target simulated:8:3 `"`$@`"")
            chmod 755 "$bed/far/xenshared"
            Copy-Item "$bed/userkey.pub" "$bed/authorized_keys"
            Set-Content "$bed/known_hosts" "[127.0.0.1]:$port $(Get-Content "$bed/hostkey.pub")"
            Set-Content "$bed/ssh_config" ("Host real`n HostName 127.0.0.1`n Port $port`n User $([Environment]::UserName)`n" +
                " IdentitiesOnly yes`n IdentityFile $bed/userkey`n UserKnownHostsFile $bed/known_hosts`n GlobalKnownHostsFile none")
            Set-Content "$bed/sshd_config" ("ListenAddress 127.0.0.1`nPort $port`nHostKey $bed/hostkey`n" +
                "AuthorizedKeysFile $bed/authorized_keys`nPidFile none`nStrictModes no`nUsePAM no`n" +
                "PasswordAuthentication no`nSetEnv PATH=$bed/far:/usr/bin:/bin")
            if ((id -u) -eq 0) { $null = New-Item /run/sshd -ItemType Directory -Force }
            $daemon = Start-Process /usr/sbin/sshd -ArgumentList '-D', '-f', "$bed/sshd_config", '-E', "$bed/sshd.log" -PassThru
            foreach ($try in 1..100) { if ((Test-Connection 127.0.0.1 -TcpPort $port -Quiet -ErrorAction Ignore)) { break }
                Start-Sleep -Milliseconds 100 }
        }
    }
    AfterAll {
        Get-XenTarget | Disconnect-XenTarget
        if ($daemon) { Stop-Process $daemon -ErrorAction Ignore }
    }
    BeforeEach {
        Get-XenTarget | Disconnect-XenTarget
        if (-not $canServe) { Set-ItResult -Skipped -Because 'sshd is not installed (Debian: openssh-server), or this is not Linux' }
    }

    It 'answers as the host itself does' {
        $null = Connect-XenTarget -HostName real
        $far = Get-XenDomain | Select-Object * -ExcludeProperty CpuTime
        $here = Connect-XenTarget -Simulated -DomainCount 8 -Seed 3
        $far | ConvertTo-Json -Depth 3 |
            Should -BeExactly (Get-XenDomain -Target $here | Select-Object * -ExcludeProperty CpuTime | ConvertTo-Json -Depth 3)
    }

    It 'reads a P2M table as the host itself does' {
        $null = Connect-XenTarget -HostName real
        $far = Get-XenP2M -DomId 1, 5 -ErrorVariable failed -ErrorAction SilentlyContinue
        $selected = Get-XenP2M -DomId 1 -Pfn 3, 0x100000, 1
        $here = Connect-XenTarget -Simulated -DomainCount 8 -Seed 3
        $near = Get-XenP2M -DomId 1 -Target $here
        $near.Count | Should -BeGreaterThan 1
        $far | ConvertTo-Json | Should -BeExactly ($near | ConvertTo-Json)
        "$failed" | Should -Match 'Domain 5 is not a PV guest'
        $selected.Pfn | Should -Be 3, 0x100000, 1
        $selected.Mfn | Should -Be $near[3].Mfn, $null, $near[1].Mfn
    }

    It 'asks here, and writes there' {
        $target = Connect-XenTarget -HostName real
        $domId = (Get-XenDomain -Name 'sim-pv-2l*').DomId
        $said = Invoke-Within 60 ("`$null = Connect-XenTarget -HostName real; " +
            "Set-XenEventChannel -DomId $domId -Port 2 -Masked `$true -WhatIf") @{ PATH = $env:PATH }
        $said | Should -Match 'mask port 2 \(console\) of domain.* on target "real"'
        $poke = Set-XenEventChannel -DomId $domId -Port 2 -Masked $true -Confirm:$false -PassThru
        $poke.After | Should -Be 1
        $poke.HostName | Should -Be $target.HostName
        (Send-XenEvent -DomId $domId -Port 2 -Confirm:$false).Action | Should -Be 'Send'
        { Set-XenEventChannel -DomId $domId -Port 4000 -Pending $true -Confirm:$false -ErrorAction Stop } |
            Should -Throw -ErrorId 'PokeRefused,XenShared.PowerShell.Commands.SetXenEventChannelCommand'
    }

    It 'is asked from other runspaces, and in vain once it is disconnected' {
        $target = Connect-XenTarget -HostName real
        1..2 | ForEach-Object -Parallel { Import-Module $using:ModuleFolder; @(Get-XenDomain -Target $using:target).Count } |
            Should -Be 9, 9
        Disconnect-XenTarget $target
        { Get-XenDomain -Target $target } | Should -Throw -ErrorId 'TargetDisconnected,*'
    }

    It 'leaves no process behind, however the session ends' {
        $null = Invoke-Within 60 '$null = Connect-XenTarget -HostName real; Get-XenDomain' @{ PATH = $env:PATH }
        $null = Invoke-Within 60 '$null = Connect-XenTarget -HostName real; Stop-Process -Id $PID -Force' @{ PATH = $env:PATH }
        foreach ($try in 1..100) {
            if (-not (Get-Process ssh -ErrorAction Ignore | Where-Object CommandLine -Match ([regex]::Escape($bed)))) { break }
            Start-Sleep -Milliseconds 100
        }
        Get-Process ssh -ErrorAction Ignore | Where-Object CommandLine -Match ([regex]::Escape($bed)) | Should -BeNullOrEmpty
    }

    It 'tells of a missing program with RemoteNotInstalled' {
        Move-Item "$bed/far/xenshared" "$bed/far/away"
        try { { Connect-XenTarget -HostName real -ErrorAction Stop } |
            Should -Throw -ErrorId 'RemoteNotInstalled,XenShared.PowerShell.Commands.ConnectXenTargetCommand' }
        finally { Move-Item "$bed/far/away" "$bed/far/xenshared" }
    }
}
