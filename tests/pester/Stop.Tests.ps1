BeforeAll {
    . "$PSScriptRoot/Setup.ps1"

    # Starts a script in a runspace of its own, and returns when it has written its first object.
    function Start-Script {
        param([string] $Script)
        $shell = [powershell]::Create().AddScript("Import-Module '$ModuleFolder'; $Script")
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $null = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
        $limit = [Diagnostics.Stopwatch]::StartNew()
        while ($output.Count -eq 0) {
            if ($limit.Elapsed.TotalSeconds -gt 60 -or
                 "$($shell.InvocationStateInfo.State)" -ne 'Running') { throw "It wrote nothing: $($shell.Streams.Error)" }
            Start-Sleep -Milliseconds 10
        }
        [pscustomobject]@{ Shell = $shell; Output = $output }
    }

    # Stops it as Ctrl+C does. Not a measurement: it ends at once or never.
    function Stop-Script {
        param($Running)
        $stopping = $Running.Shell.BeginStop($null, $null)
        $stopping.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue -Because 'Ctrl+C ends it'
        "$($Running.Shell.InvocationStateInfo.State)" | Should -BeExactly 'Stopped'
        $Running.Shell.Dispose()
    }
}

Describe 'Ctrl+C' -Skip:(-not $IsLinux) {
    BeforeEach {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive "$([guid]::NewGuid())")).FullName
        $pipe = Join-Path $folder 'pipe'
        mkfifo $pipe
        Remove-Variable -Name writer -ErrorAction Ignore
    }
    AfterEach { ${writer}?.Dispose() }

    It 'ends <script> while its file, a pipe, has no writer' -ForEach @(
        @{ script = 'Connect-XenTarget -Path PIPE' }
        @{ script = 'Connect-XenTarget -LiteralPath PIPE' }
        @{ script = 'Get-XenSharedInfo -Path PIPE' }
        @{ script = 'Find-XenFault -Path PIPE' }
    ) {
        Stop-Script (Start-Script "'ready'; $($script.Replace('PIPE', "'$pipe'"))")
    }

    It 'ends <script> while its file, a pipe, has a writer that says nothing' -ForEach @(
        @{ script = 'Connect-XenTarget -Path PIPE' }
        @{ script = 'Get-XenSharedInfo -LiteralPath PIPE' }
    ) {
        $running = Start-Script "'ready'; $($script.Replace('PIPE', "'$pipe'"))"
        # It returns when the cmdlet has the other end open.
        $writer = [IO.FileStream]::new($pipe, 'Open', 'Write', 'ReadWrite')
        Stop-Script $running
    }

    It 'ends <name> while its pipe has no reader, and leaves no file' -ForEach @(
        @{ name = 'Export-XenCapture' }
        @{ name = 'Export-XenReport' }
    ) {
        Stop-Script (Start-Script "`$null = Connect-XenTarget -Simulated -DomainCount 1; 'ready'; $name '$pipe' -SampleSeconds 0")
        (Get-ChildItem $folder -Force).Name | Should -Be 'pipe'
    }

    It 'ends <name> whatever it is doing, and leaves no file' -ForEach @(
        @{ name = 'Export-XenCapture' }
        @{ name = 'Export-XenReport' }
    ) {
        $running = Start-Script "`$null = Connect-XenTarget -Simulated -DomainCount 2000; 'ready'; $name '$folder/file' -SampleSeconds 0"
        Stop-Script $running
        Get-ChildItem $folder -Force | Where-Object Name -NotIn 'pipe', 'file' | Should -BeNullOrEmpty
    }

    It 'ends <script>' -ForEach @(
        @{ script = 'Watch-XenEventChannel -IntervalMilliseconds 3600000' }
        @{ script = 'Wait-XenEventChannel -DomId 1 -Port 2 -Until Masked -IntervalMilliseconds 3600000' }
        @{ script = 'Find-XenFault -SampleCount 1000 -IntervalMilliseconds 3600000' }
        @{ script = 'while ($true) { Get-XenDomain }' }
        @{ script = 'while ($true) { Get-XenEventChannel }' }
        @{ script = 'while ($true) { Get-XenVcpuInfo }' }
        @{ script = 'while ($true) { Get-XenSharedInfo }' }
        @{ script = 'while ($true) { Get-XenDomain | ConvertTo-XenMetric }' }
    ) {
        Stop-Script (Start-Script "`$null = Connect-XenTarget -Simulated -DomainCount 400; 'ready'; $script")
    }

    It 'finishes the writes of a repair that has begun when the pipeline wants no more' {
        $log = Join-Path $folder 'log'
        $null = Connect-XenTarget -Simulated -DomainCount 15 -Seed 3
        try {
            $first = Repair-XenEventChannel -DomId 14 -Port 66 -Unmask -PassThru -Confirm:$false -LogPath $log | Select-Object -First 1
            $first | Should -Not -BeNullOrEmpty
            (Get-Content $log | Where-Object { $_ -match 'Send' }) | Should -Not -BeNullOrEmpty -Because 'the event follows the bits'
            (Get-XenEventChannel -DomId 14 -Port 66).Masked | Should -BeFalse
        }
        finally { Get-XenTarget | Disconnect-XenTarget }
    }

    It 'finishes the writes of a repair whose output fails' {
        $log = Join-Path $folder 'log'
        $null = Connect-XenTarget -Simulated -DomainCount 15 -Seed 3
        try {
            { Repair-XenEventChannel -DomId 14 -Port 66 -Unmask -PassThru -Confirm:$false -LogPath $log |
                ForEach-Object { throw 'downstream' } } | Should -Throw 'downstream'
            (Get-Content $log | Where-Object { $_ -match 'Send' }) | Should -Not -BeNullOrEmpty
        }
        finally { Get-XenTarget | Disconnect-XenTarget }
    }
}

Describe 'Files that are written' -Skip:(-not $IsLinux) {
    BeforeAll { $null = Connect-XenTarget -Path (New-TestCapture) }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }
    BeforeEach { $folder = (New-Item -ItemType Directory (Join-Path $TestDrive "$([guid]::NewGuid())")).FullName }

    It '<name> keeps a link, and replaces the file that it leads to' -ForEach @(@{ name = 'Export-XenCapture' },
        @{ name = 'Export-XenReport' }) {
        $link = Join-Path $folder 'link'
        ln -s 'file' $link
        $null = & $name $link -SampleSeconds 0
        (Get-Item $link).LinkTarget | Should -BeExactly 'file'
        (Get-Item (Join-Path $folder 'file')).Length | Should -BeGreaterThan 100
        (stat -c '%a' (Join-Path $folder 'file')) | Should -BeExactly '600'
    }

    It '<name> leaves a device what it is, with or without -Force' -ForEach @(@{ name = 'Export-XenCapture' },
        @{ name = 'Export-XenReport' }) {
        $node = Join-Path $folder 'null'
        mknod $node c 1 3 2>$null
        if ($LASTEXITCODE -ne 0) { Set-ItResult -Skipped -Because 'no device node can be made here' }
        $null = & $name $node -SampleSeconds 0
        $null = & $name $node -SampleSeconds 0 -Force
        (stat -c '%F' $node) | Should -BeExactly 'character special file'
    }

    It '<name> writes no block device' -ForEach @(@{ name = 'Export-XenCapture' }, @{ name = 'Export-XenReport' }) {
        $node = Join-Path $folder 'disk'
        mknod $node b 7 250 2>$null
        if ($LASTEXITCODE -ne 0) { Set-ItResult -Skipped -Because 'no device node can be made here' }
        { & $name $node -SampleSeconds 0 -Force } | Should -Throw '*block device*'
        (stat -c '%F' $node) | Should -BeExactly 'block special file'
    }
}
