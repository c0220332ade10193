# Text from elsewhere in all that a person reads, and values that no parameter takes. Commands, parameters and views are listed by
# reflection, so that a new one is tested too.

BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    $commands = $CommandNames | ForEach-Object { @{ Command = $_ } }
    $views = [xml](Get-Content -Raw (Join-Path $ModuleFolder 'bin/XenShared.format.ps1xml'))
    $types = $views.Configuration.ViewDefinitions.View.ViewSelectedBy.TypeName |
        Where-Object { $_ -notlike 'Deserialized.*' } | Sort-Object -Unique | ForEach-Object { @{ Type = $_ } }
    $parameters = foreach ($name in $CommandNames) {
        foreach ($parameter in (Get-Command $name).Parameters.Values) {
            $type = $parameter.ParameterType
            if ($type.IsArray) { $type = $type.GetElementType() }
            $type = [Nullable]::GetUnderlyingType($type) ?? $type
            if ($parameter.Name -notin [Management.Automation.PSCmdlet]::CommonParameters -and $type -ne [switch] -and $type -ne [bool] -and
                 ($type.IsEnum -or $type.IsPrimitive -or $type -eq [timespan])) {
                @{ Command = $name; Parameter = $parameter.Name; Type = $type }
            }
        }
    }
    $enums = $parameters | Where-Object { $_.Type.IsEnum }
    $numbers = $parameters | Where-Object { -not $_.Type.IsEnum }
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $rendering = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = 'Ansi'

    # Another escape sequence than those of our own colours.
    $hostile = "x`e[5m`e]0;t`a`b`t$([char]0x7f)$([char]0x9b)$([char]0x85)$([char]0xad)$([char]0xa0)$([char]0x200e)" +
        "$([char]0x202e)$([char]0x2066)$([char]0x2028)$([char]0x2029)$([char]0xfeff)$([char]0xe000)$([char]0xffff)" +
        "$([char]::ConvertFromUtf32(0xe0041))$([char]::ConvertFromUtf32(0x10fffd))y"
    $bad = 'Control', 'Format', 'LineSeparator', 'ParagraphSeparator', 'PrivateUse', 'OtherNotAssigned', 'Surrogate'
    $colours = @($PSStyle.Formatting.PSObject.Properties.Value |
        Where-Object { $_ -is [string] }) + $PSStyle.Reset + "`e[31m", "`e[33m", "`e[33;7m", "`e[2m", "`e[35m",
        "`e[0m" + $PSStyle.Foreground.Cyan

    # The first thing in a text that no person is to be shown; nothing where it is clean.
    function Find-Hostile {
        param([string] $Text)
        foreach ($colour in $colours) { $Text = $Text.Replace($colour, '') }
        foreach ($letter in $Text.EnumerateRunes()) {
            if ($letter.Value -in 10, 13, 32) { continue }
            $category = [Text.Rune]::GetUnicodeCategory($letter)
            if ($category -in $bad -or
                 $category -eq 'SpaceSeparator') { return 'U+{0:X4} in {1}' -f $letter.Value, ($Text -replace '[^ -~]', '#') }
        }
    }

    $capture = Save-Capture (Join-Path $TestDrive 'hostile.xencap') -HostName $hostile -Line @(
        New-DomainLine 3 $hostile
        New-Sample 3 (New-Page -Bound 1, 2 -Pending 1, 2 -UpcallPending 1) -Live
        New-PortsLine 3 @{ port = 1; state = 'Interdomain'; remoteDomid = 0; remotePort = 34 }, @{ port = 2; state = 'Ipi' }
        @{ kind = 'xenstore'; domid = 3; nodes = @{ "device/vif/$hostile/event-channel" = '1' } }
        New-DevicesLine 3 (New-Device vif 0 @{ state = $hostile } @{ state = $hostile; 'hotplug-status' = $hostile.Substring(0, 30) } @{
                hotplugError = $hostile; backendError = $hostile; frontendError = $hostile })
        New-DomainLine 5 "$hostile 5" -NotMapped
        @{ kind = 'error'; domid = 5; part = 'page'; id = 'XenAccessDenied'; message = "No $hostile; look." }
        New-PortsLine 5 @{ port = 2; state = 'Ipi' }
    )

    # What a command needs, of a target that answers at once.
    function Get-Needed {
        param([string] $Command, $Target)
        switch ($Command) {
            'Connect-XenTarget' { @{ Simulated = $true; DomainCount = 2 } }
            { $_ -in 'Disconnect-XenTarget', 'Get-XenTarget' } { @{} }
            { $_ -in 'Format-XenChannelMap', 'ConvertTo-XenMetric' } {
                @{ InputObject = @(Get-XenEventChannel -Target $Target -WarningAction Ignore -ErrorAction Ignore) }
            }
            'Compare-XenSharedInfo' { $page = Get-XenSharedInfo -Target $Target -DomId 3 -ErrorAction Ignore
                @{ ReferenceObject = $page; DifferenceObject = $page } }
            'Undo-XenPoke' { @{ InputObject = Send-XenEvent -Target $simulated -DomId 1 -Port 2 -Confirm:$false; Target = $simulated } }
            { $_ -like 'Export-*' } { @{ Target = $Target; Path = Join-Path $TestDrive "out$(Get-Random)"; SampleSeconds = 0 } }
            'Wait-XenEventChannel' { @{ Target = $Target; DomId = 3; Port = 1; Until = 'Pending'; TimeoutSec = 0 } }
            'Watch-XenEventChannel' { @{ Target = $Target; Count = 1; IntervalMilliseconds = 1 } }
            'Find-XenFault' { @{ Target = $Target; SampleCount = 1 } }
            'Get-XenClock' { @{ Target = $Target; SampleSeconds = 0 } }
            'Get-XenVcpuInfo' { @{ Target = $Target; SampleSeconds = 0 } }
            { $_ -in 'Send-XenEvent', 'Repair-XenEventChannel' } { @{ Target = $Target; DomId = 3; Port = 1 } }
            'Set-XenEventChannel' { @{ Target = $Target; DomId = 3; Port = 1; Masked = $true } }
            'Set-XenVcpuInfo' { @{ Target = $Target; DomId = 3; Vcpu = 0; UpcallMask = $true } }
            'Set-XenSharedInfo' { @{ Target = $Target; DomId = 3; Field = 'arch.max_pfn'; Value = 1 } }
            default { @{ Target = $Target } }
        }
    }

    # All that a command shows, in every stream, as text; what ends it is shown as well.
    function Get-Shown {
        param([string] $Command, [hashtable] $Argument, [scriptblock] $Format = { $input })
        if ((Get-Command $Command).Parameters.ContainsKey('Confirm')) { $Argument.Confirm = $false }
        try { & { & $Command @Argument -Verbose -ErrorAction Continue } *>&1 | & $Format | Out-String -Width 500 }
        catch { $_ | Out-String -Width 500 }
    }

    $target = Connect-XenTarget -Path $capture
    $simulated = Connect-XenTarget -Simulated -DomainCount 3
}

AfterAll {
    $PSStyle.OutputRendering = $rendering
    Get-XenTarget | Disconnect-XenTarget
}

Describe 'Text from elsewhere' {
    It 'is shown safely by <Command>' -ForEach $commands {
        foreach ($format in { $input }, { $input | Format-List }) {
            $shown = Get-Shown $Command (Get-Needed $Command $target) $format
            Find-Hostile $shown | Should -BeNullOrEmpty
        }
    }

    It 'is shown safely by every view of <Type>' -ForEach $types {
        $properties = [ordered]@{ PSTypeName = "Deserialized.$Type" }
        foreach ($property in ($Type -as [type]).GetProperties()) { $properties[$property.Name] = $hostile }
        $object = [pscustomobject]$properties
        foreach ($view in { $object }, { $object | Format-Table }, { $object | Format-List }) { Find-Hostile (& $view |
            Out-String -Width 500) | Should -BeNullOrEmpty }
    }

    It 'is shown safely where objects of several types come one after the other' {
        $ErrorActionPreference = 'Continue'
        $shown = & { Get-XenTarget; Get-XenDomain -Target $target; Get-XenEventChannel -Target $target; Get-XenSharedInfo -Target $target
            Find-XenFault -Target $target } *>&1 | Out-String -Width 500
        Find-Hostile $shown | Should -BeNullOrEmpty
        $shown = & { Get-XenEventChannel -Target $target; Get-XenDomain -Target $target; Get-XenTarget
            Get-XenEventChannel -Target $target | Format-XenChannelMap } *>&1 | Out-String -Width 500
        Find-Hostile $shown | Should -BeNullOrEmpty
    }

    It 'is not among the properties that stand for <Type> where PowerShell cannot use a view' -ForEach $types {
        $set = (Get-TypeData $Type).DefaultDisplayPropertySet.ReferencedProperties
        $set | Should -Not -BeNullOrEmpty
        foreach ($name in $set) {
            $property = ($Type -as [type]).GetProperty($name)
            $property.PropertyType | Should -Not -BeIn ([string], [object]) -Because "$name is shown as it is"
        }
    }

    It 'stays as it is in objects' {
        (Get-XenDomain -Target $target -DomId 3).Name | Should -BeExactly $hostile
        (Get-XenDomain -Target $target -DomId 3).HostName | Should -BeExactly $hostile
        (Get-XenEventChannel -Target $target -DomId 3 -Port 1).Device | Should -BeExactly "vif$hostile"
    }

    It 'is safe in errors and what they advise: <Query>' -ForEach @(
        @{ Query = 'Get-XenDomain -Target $target -Name $hostile' }
        @{ Query = 'Get-XenDomain -Target $target -HostName $hostile$hostile' }
        @{ Query = 'Get-XenSharedInfo -LiteralPath (Join-Path $TestDrive $hostile)' }
        @{ Query = 'Get-XenSharedInfo -Path (Join-Path $TestDrive $hostile)' }
        @{ Query = 'Connect-XenTarget -LiteralPath (Join-Path $TestDrive $hostile)' }
        @{ Query = 'Connect-XenTarget -HostName $hostile' }
        @{ Query = 'Find-XenFault -Target $target -Rule $hostile' }
        @{ Query = 'Export-XenReport -Target $target -Path (Join-Path $TestDrive $hostile none)' }
        @{ Query = 'Set-XenSharedInfo -Target $simulated -DomId 1 -Field $hostile -Value 1 -Confirm:$false' }
        @{ Query = 'Send-XenEvent -Target $simulated -DomId 1 -Port 2 -HostName $hostile -Confirm:$false' }
        @{ Query = 'ConvertTo-XenMetric ([pscustomobject]@{ PSTypeName = $hostile })' }
    ) {
        $record = try { & ([scriptblock]::Create("$Query -ErrorVariable all -ErrorAction SilentlyContinue 2>&1")); $all[0] } catch { $_ }
        $record = @($record | Where-Object { $_ -is [Management.Automation.ErrorRecord] })[0]
        $record | Should -Not -BeNullOrEmpty
        Find-Hostile ($record | Out-String -Width 500) | Should -BeNullOrEmpty
        Find-Hostile "$record $($record.ErrorDetails.RecommendedAction)" | Should -BeNullOrEmpty
        if ($record.Exception -is [XenShared.XenException]) { Find-Hostile $record.Exception.Message | Should -BeNullOrEmpty }
    }

    It 'is safe in questions' {
        $shown = Invoke-Within 60 ('$null = Connect-XenTarget -Simulated -DomainCount 1; ' +
            'Export-XenReport -Path "/tmp/a`e[5m$([char]0x202e)b" -WhatIf') -Environment @{ NO_COLOR = '1' }
        $shown | Should -Match 'What if'
        Find-Hostile $shown | Should -BeNullOrEmpty
    }

    It 'is not offered by completion where it cannot be typed safely' {
        $null = Connect-XenTarget -Path $capture
        foreach ($line in 'Get-XenDomain -Name ', 'Get-XenDomain -DomId ') {
            foreach ($match in [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches) {
                Find-Hostile "$($match.CompletionText) $($match.ListItemText) $($match.ToolTip)" | Should -BeNullOrEmpty
            }
        }
    }
}

Describe 'A value that a parameter does not take' {
    It 'is refused where it is no name of the enumeration: <Command> -<Parameter>' -ForEach $enums {
        foreach ($value in 99, -1, '99', [Enum]::ToObject($Type, 99)) {
            $needed = Get-Needed $Command $simulated
            $needed[$Parameter] = $value
            $thrown = { & $Command @needed -ErrorAction Stop } | Should -Throw -PassThru -Because "$value is no $Type"
            $thrown.FullyQualifiedErrorId | Should -Match '^(ParameterArgument|CannotConvertArgument)'
        }
    }

    It 'is an error where it is no sensible number: <Command> -<Parameter>' -ForEach $numbers {
        $values = @('1e30', [double]::MaxValue, 'NaN', 'Infinity') + ($Parameter -in 'Seed' ? @() : @(-1)) + ($Type -in [double],
            [timespan] ? @([double]::NaN, [double]::PositiveInfinity) : @())
        if ($Type -eq [timespan]) { $values += [timespan]::MaxValue, [timespan]::MinValue, [timespan]::Zero, '-5', 32000000 }
        foreach ($value in $values) {
            $needed = Get-Needed $Command $simulated
            # Parameters of another set give way.
            if ($Parameter -in 'Port', 'ConnectingTimeout', 'ThrottleLimit' -and
                 $Command -eq 'Connect-XenTarget') { $needed = @{ HostName = 'h' } }
            if ($Parameter -in 'Id') { $needed = @{} }
            $needed[$Parameter] = $value
            if ((Get-Command $Command).Parameters.ContainsKey('Confirm')) { $needed.Confirm = $false }
            { & $Command @needed -ErrorAction Stop } | Should -Throw -Because "$value is no value of -$Parameter"
        }
    }

    It 'a plain number is a duration in seconds' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Watch-XenEventChannel -Target $simulated -DomId 1 -IntervalMilliseconds 20 -Duration 0.3
        $clock.Elapsed.TotalSeconds | Should -BeGreaterThan 0.25
        { Watch-XenEventChannel -Target $simulated -Duration 1e12 } | Should -Throw
    }
}
