BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    # One file of each kind. Make creates a file from Source.
    $script:kinds = @(
        @{ Kind = 'capture of a running host'; File = 'tests/data/bookworm-quick.xencap' }
        @{ Kind = 'capture of a paused host'; File = 'tests/data/bookworm-quick-paused.xencap' }
        @{ Kind = 'capture of a two-level HVM guest'; File = 'tests/data/bookworm-hvm-2l-linux.xencap' }
        @{ Kind = 'capture of a FIFO HVM guest'; File = 'tests/data/bookworm-hvm-fifo-linux.xencap' }
        @{ Kind = 'capture of an HVM guest in its firmware'; File = 'tests/data/bookworm-hvm-fifo-firmware.xencap' }
        @{ Kind = 'capture of an HVM guest without a page'; File = 'tests/data/bookworm-hvm-2l-created.xencap' }
        @{ Kind = 'capture of a core dump'; Source = 'tests/data/bookworm-pv-2l-2vcpu.core'; Make = 'Capture' }
        @{ Kind = 'capture of a console log'; Source = 'tests/data/bookworm-pv-2l-2vcpu-at-core.dmesg.txt'; Make = 'Capture' }
        @{ Kind = 'core dump of a PV guest'; File = 'tests/data/bookworm-pv-2l-2vcpu.core' }
        @{ Kind = 'core dump of a PVH guest'; File = 'tests/data/bookworm-pvh-fifo.core' }
        @{ Kind = 'saved PV guest'; File = 'tests/data/bookworm-pv-2l-2vcpu.save' }
        @{ Kind = 'saved PVH guest'; File = 'tests/data/bookworm-pvh-fifo.save' }
        @{ Kind = 'console log'; File = 'tests/data/bookworm-pv-fifo-at-core.dmesg.txt' }
        @{ Kind = 'console log within gzip'; Source = 'tests/data/bookworm-pvh-fifo-at-core.dmesg.txt'; Make = 'Gzip' }
        @{ Kind = 'bare two-level page'; File = 'tests/unit/Pages/pv-2l/shared_info.bin' }
        @{ Kind = 'bare FIFO page'; File = 'tests/unit/Pages/pv-fifo/shared_info.bin' }
    )
    # Cmdlets that write, connect, or take objects instead of a target.
    $others = @(
        'Connect-XenTarget', 'Disconnect-XenTarget', 'Get-XenTarget', 'Send-XenEvent', 'Undo-XenPoke'
        'Compare-XenSharedInfo', 'ConvertTo-XenMetric', 'Format-XenChannelMap'
    )
    $reading = $CommandNames | Where-Object { $_ -notin $others -and $_ -notmatch '^(Set|Repair)-' }
    $script:commands = foreach ($name in $reading) { @{ Command = $name } }
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    # Error ids that the help documents.
    $about = Get-Content "$RepositoryRoot/docs/en-US/about_XenShared.md" -Raw
    $ids = [regex]::Matches($about, '(?m)^- ((?:[A-Z]\w+,\s+)*[A-Z]\w+): ') | ForEach-Object { $_.Groups[1].Value -split ',\s+' }
    $limit = [timespan]::FromSeconds(60)

    function Get-Value([string] $Name) {
        switch ($Name) {
            'DomId' { '$domId'; '999' }
            'Name' { '"*"'; 'no-such-guest' }
            'Uuid' { '00000000-0000-0000-0000-000000000000'; '7f367745-8f90-4f6d-9213-999999999999' }
            'NameLabel' { 'no-such-guest' }
            'Port' { '1'; '99999' }
            'Vcpu' { '0'; '77' }
            'Pfn' { '0'; '0xffffffffff' }
            'SampleSeconds' { '0'; '0.05' }
            'SampleCount' { '2' }
            'IntervalMilliseconds' { '1' }
            'TimeoutSec' { '0'; '1' }
            'Count' { '1' }
            'Duration' { '1' }
            'Rule' { 'LostWakeup'; '"*"' }
            'Kind' { 'vbd'; 'no-such-kind' }
            'ReferenceTarget' { '$reference' }
            'Target' { '$target, $reference' }
            { $_ -in 'Path', 'LiteralPath' } { '$file' }
            default { throw "The matrix has no value for -$_. Add one." }
        }
    }

    # Returns command lines: with the mandatory parameters alone, then with each value of each parameter that changes the reading.
    function Get-Variant([Management.Automation.CommandInfo] $Command) {
        $ignored = @([Management.Automation.Cmdlet]::CommonParameters) + 'WhatIf', 'Confirm', 'HostName', 'ThrottleLimit', 'NoClobber'
        $export = $Command.Verb -ceq 'Export'
        $needed = switch ($Command.Verb) {
            'Wait' { [ordered]@{ DomId = '$domId'; Port = '1'; Until = 'Pending' } }
            'Export' { [ordered]@{ Path = '$output' } }
            default { [ordered]@{} }
        }
        $variants = @(
            ''
            foreach ($parameter in $Command.Parameters.Values) {
                if ($parameter.Name -in $ignored -or ($export -and $parameter.Name -eq 'Path')) { continue }
                $type = $parameter.ParameterType.IsArray ? $parameter.ParameterType.GetElementType() : $parameter.ParameterType
                $type = [Nullable]::GetUnderlyingType($type) ?? $type
                $set = $parameter.Attributes.Where{ $_ -is [ValidateSet] }.ValidValues
                if ($type -eq [switch]) { "-$($parameter.Name)" }
                elseif ($type.IsEnum) { foreach ($value in $set ?? [Enum]::GetNames($type)) { "-$($parameter.Name) $value" } }
                else { foreach ($value in Get-Value $parameter.Name) { "-$($parameter.Name) $value" } }
            }
        )
        foreach ($variant in $variants) {
            # -DomId and -Name together mean domains that fit both.
            $replaced = @(($variant -split ' ')[0].TrimStart('-')) + ($variant -like '-Name *' ? 'DomId' : @())
            $given = foreach ($parameter in $needed.GetEnumerator()) {
                if ($parameter.Key -notin $replaced) { "-$($parameter.Key) $($parameter.Value)" }
            }
            (@($Command.Name) + $given + $variant | Where-Object { $_ }) -join ' '
        }
    }

    # Runs a line in another runspace, so that the test goes on if it does not end.
    $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
    $runspace.Open()
    function Invoke-Line([string] $Line) {
        $shell = [powershell]::Create($runspace)
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $running = $shell.AddScript($Line).BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
        if (-not $running.AsyncWaitHandle.WaitOne($limit)) {
            # Stop and Dispose would wait for it.
            $null = $shell.BeginStop($null, $null)
            throw "It did not end within $($limit.TotalSeconds) s: $Line"
        }
        $thrown = try { $null = $shell.EndInvoke($running) } catch { $_.Exception.InnerException ?? $_.Exception }
        $errors = @($shell.Streams.Error; $thrown.ErrorRecord ?? $thrown) | Where-Object { $_ }
        @{ Output = @($output); Errors = @($errors); Warnings = @($shell.Streams.Warning) }
        $shell.Dispose()
    }

    function Compress-File([string] $Path, [string] $Destination) {
        $target = [IO.File]::Create($Destination)
        $gzip = [IO.Compression.GZipStream]::new($target, [IO.Compression.CompressionMode]::Compress)
        $gzip.Write([IO.File]::ReadAllBytes($Path))
        $gzip.Dispose()
    }

    # Returns a sentence for each fault of a result.
    function Find-Mismatch([string] $Line, $Result) {
        foreach ($failed in $Result.Errors) {
            if ($failed -isnot [Management.Automation.ErrorRecord]) { "$($Line): $($failed.GetType()): $failed" }
            elseif (($failed.FullyQualifiedErrorId -split ',')[0] -cnotin $ids) { "$($Line): $($failed.FullyQualifiedErrorId): $failed" }
        }
        foreach ($item in $Result.Output | Select-Object -First 100) {
            if ($item.PSTypeNames[0] -notmatch '^(XenShared\.|System\.IO\.FileInfo$)') { "$($Line): wrote a $($item.PSTypeNames[0])" }
        }
        # Objects of one call differ in their values, not in their type. A FileInfo is not of this module.
        $some = @($Result.Output | Select-Object -First 5 | Where-Object { $_ -isnot [IO.FileInfo] })
        if ($some) {
            try {
                $null = ConvertTo-Json $some -WarningAction Ignore
                $null = ConvertTo-Json $some -Depth 6 -EnumsAsStrings
                Export-Clixml "$TestDrive/items.xml" -InputObject $some
                $null = Import-Clixml "$TestDrive/items.xml"
            }
            catch { "$($Line): cannot be exported: $_" }
        }
        if ($Line -match ' (-DomId 999|-Name no-such-guest|-Port 99999|-Uuid 7f367745-8f90-4f6d-9213-999999999999)') {
            if ($Result.Output) { "$($Line): found what does not exist" }
            if (-not $Result.Errors) { "$($Line): no error" }
        }
    }

    $null = Invoke-Line "Import-Module '$ModuleFolder'"
    $null = Invoke-Line "`$reference = Connect-XenTarget -Path '$RepositoryRoot/tests/data/bookworm-hvm-2l-linux.xencap'"
}

AfterAll { $runspace.Dispose() }

Describe 'Every reading cmdlet with a <Kind>' -ForEach $kinds {
    BeforeAll {
        $path = $File ? (Join-Path $RepositoryRoot $File) : (Join-Path $TestDrive ([guid]::NewGuid().ToString('N')))
        if ($Make -ceq 'Gzip') { Compress-File (Join-Path $RepositoryRoot $Source) $path }
        if ($Make -ceq 'Capture') {
            $null = Invoke-Line "`$made = Connect-XenTarget -Path '$RepositoryRoot/$Source'"
            (Invoke-Line "Export-XenCapture -Path '$path' -Target `$made; Disconnect-XenTarget `$made").Errors | Should -BeNullOrEmpty
        }
        (Invoke-Line "`$file = '$path'; `$target = Connect-XenTarget -Path `$file").Errors | Should -BeNullOrEmpty
        (Invoke-Line '$domId = (Get-XenDomain | Select-Object -Last 1).DomId').Errors | Should -BeNullOrEmpty
    }
    AfterAll { $null = Invoke-Line 'Disconnect-XenTarget $target' }

    It 'answers or fails with a documented error: <Command>' -ForEach $commands {
        $plain = $null
        $output = Join-Path $TestDrive 'output'
        $null = Invoke-Line "`$output = '$output'"
        $mismatches = foreach ($line in Get-Variant (Get-Command $Command)) {
            Remove-Item $output -ErrorAction Ignore
            $result = Invoke-Line $line
            $plain ??= $result
            Find-Mismatch $line $result
        }
        $mismatches | Should -BeNullOrEmpty
        # A file without an answer has a reason for it. A healthy guest has no fault, and no event that waits.
        if ($Command -cnotin 'Find-XenFault', 'Test-XenEventChannel') {
            $plain.Output.Count + $plain.Errors.Count + $plain.Warnings.Count | Should -BeGreaterThan 0
        }
        if ($Command -ceq 'Get-XenDomain') { $plain.Output.Count | Should -BeGreaterThan 0 }
    }
}
