# Every example of the help pages, and every line of the documents after "PS>", run as it is written.
BeforeDiscovery {
    $root = Split-Path (Split-Path $PSScriptRoot)
    # What a test cannot have: another host, Xen on this machine, a browser, a console.
    $outside = '-HostName|-Local\b|hosts\.csv|Invoke-Item|/var/lib|-Paging'
    $examples = foreach ($page in Get-ChildItem "$root/docs/en-US" -Filter *-Xen*.md) {
        $part = ((Get-Content -Raw $page) -split '(?m)^## ').Where{ $_ -match '^EXAMPLES' }
        foreach ($example in ($part -split '(?m)^### ') | Select-Object -Skip 1) {
            $code = [regex]::Matches($example, '(?s)```powershell\r?\n(.*?)```').ForEach{ $_.Groups[1].Value }
            if ($code) { @{ Where = "$($page.BaseName), $(($example -split '\r?\n')[0])"; Code = $code -join "`n" } }
        }
    }
    $examples += foreach ($page in Get-Item "$root/README.md", "$root/docs/*.md") {
        # The lines of one page belong to one session.
        $lines = (Get-Content $page) -match '^\s*PS> ' -replace '^\s*PS> '
        if ($lines -notmatch $outside) { @{ Where = $page.Name; Code = $lines -notmatch $outside -join "`n" } }
        if ($lines -match $outside) { @{ Where = "$($page.Name), other hosts"; Code = $lines -match $outside -join "`n" } }
    }
    $runnable = @($examples).Where{ $_.Code -notmatch $outside }
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $ofTheGuest = '^SharedInfoNotMapped,|^WaitTimedOut,'

    # A session as a reader has it: the module, the files that examples name, and a host.
    function New-Session {
        param([string] $Code)
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        $console = @{ port = 2; state = 'Interdomain'; remoteDomid = 0; remotePort = 35 }
        foreach ($name in 'host', 'xen1', 'before', 'after', 'yesterday', 'xen1-before', 'xen1-after') {
            $null = Save-Capture (Join-Path $folder "$name.xencap") @(
                foreach ($domain in @{ Id = 5; Name = 'web01' }, @{ Id = 9; Name = 'db01' }) {
                    New-DomainLine $domain.Id $domain.Name
                    New-Sample $domain.Id (New-Page -Bound 2) -Live
                    New-PortsLine $domain.Id $console
                    New-DevicesLine $domain.Id (New-Device vif)
                })
        }
        Copy-Item "$RepositoryRoot/tests/data/bookworm-pv-fifo.core" (Join-Path $folder 'web01.core')
        Set-Content (Join-Path $folder 'guests.csv') 'Name', 'web01'
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        # The simulated host has no guest with a name of an administrator; the captures have.
        $connection = $Code -match 'web01|web\*|db\*|before\.xencap' ? '-Path host.xencap' : '-Simulated'
        $null = $shell.AddScript("
            `$ErrorActionPreference = 'Continue'; `$ConfirmPreference = 'None'
            Set-Location -LiteralPath '$folder'
            Import-Module '$ModuleFolder/XenShared.psd1'
            `$null = Connect-XenTarget $connection
            if ('$connection' -eq '-Simulated') {
                Set-XenEventChannel -DomId 5 -Port 131 -Masked `$true -PassThru | ConvertTo-Json -Compress | Set-Content pokes.log
            }
        ").Invoke()
        $shell.Commands.Clear()
        $shell.Streams.Error.Clear()
        $shell
    }
}

Describe 'The examples' {
    It 'of each help page were found' -ForEach @{ Found = $examples.Where } {
        foreach ($name in $CommandNames) { $Found | Should -Contain ($Found -like "$name, *")[0] -Because "$name has examples" }
    }

    It 'are all run but for these' -ForEach @{ Left = @($examples).Where{ $_.Code -match $outside }.Where } {
        $Left | Sort-Object | Should -Be @(
            'Connect-XenTarget, Example 2: Compare the host with an older capture of it'
            'Connect-XenTarget, Example 5: Connect to a host by SSH'
            'Connect-XenTarget, Example 6: Connect to all hosts of a list'
            'Connect-XenTarget, Example 7: Install xenshared on a host'
            'ConvertTo-XenMetric, Example 1: For the textfile collector'
            'Export-XenReport, Example 2: A report of a capture from another person'
            'Find-XenFault, Example 3: Two captures of a host, and a capture against the host'
            'Format-XenChannelMap, Example 2: Every domain of a host'
            'README.md, other hosts'
            'remote-hosts.md, other hosts'
        )
    }

    It 'of <Where> name parameters that exist' -ForEach $examples {
        $errors = $null
        $tree = [Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$errors)
        $errors | Should -BeNullOrEmpty
        foreach ($call in $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
            # A block has no name.
            if (-not $call.GetCommandName()) { continue }
            $command = Get-Command $call.GetCommandName() -ErrorAction Ignore
            $command | Should -Not -BeNullOrEmpty -Because "$call must name a command"
            foreach ($parameter in $call.CommandElements.Where{ $_ -is [Management.Automation.Language.CommandParameterAst] }) {
                if ($command -is [Management.Automation.AliasInfo]) { $command = $command.ResolvedCommand }
                { $command.ResolveParameter($parameter.ParameterName) } | Should -Not -Throw -Because "$call must bind"
            }
        }
    }

    It 'of <Where> run without an error' -ForEach $runnable {
        $shell = New-Session $Code
        try {
            $null = $shell.AddScript($Code)
            $run = $shell.BeginInvoke()
            # One that watches until it is stopped, or for a minute, has shown in four seconds that it works.
            if ($run.AsyncWaitHandle.WaitOne([timespan]::FromSeconds(($Code -match 'Watch-') ? 4 : 120))) { $null = $shell.EndInvoke($run) }
            else {
                $Code | Should -Match 'Watch-' -Because 'nothing else runs that long'
                $shell.Stop()
            }
            # What is so of a guest, and no fault of the example: one that has no page yet, one whose backend stays.
            $shell.Streams.Error.ForEach{ "$($_.FullyQualifiedErrorId): $_" }.Where{ $_ -notmatch $ofTheGuest } | Should -BeNullOrEmpty
        }
        finally { $shell.Dispose() }
    }
}
