BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    # Every record of the model, with the ways by which objects leave a session and come back.
    $types = [XenShared.XenDomain].Assembly.GetExportedTypes() |
        Where-Object { $_.Namespace -ceq 'XenShared' -and $_.GetMethod('<Clone>$') }
    $script:cases = foreach ($type in $types) {
        foreach ($way in 'Clixml', 'Job', 'Json', 'JsonWords', 'Csv', 'Select') { @{ Name = $type.Name; Way = $way } }
    }
}

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $binding = [XenShared.PowerShell.Commands.GetXenDomainCommand].Assembly.GetType('XenShared.PowerShell.Deserialization.ModelObject')
    $script:read = $binding.GetMethods() | Where-Object { $_.Name -ceq 'From' -and -not $_.IsGenericMethod }
    $script:nullability = [Reflection.NullabilityInfoContext]::new()
    function Test-Nullable([Reflection.PropertyInfo] $Property) { "$($nullability.Create($Property).WriteState)" -ceq 'Nullable' }
    function Get-Written([type] $Type) { $Type.GetProperties() | Where-Object CanWrite }

    # A value that is nobody's default.
    function New-Value([type] $Type, [bool] $IsKnown) {
        $wanted = [Nullable]::GetUnderlyingType($Type) ?? $Type
        if ($wanted -eq [string]) { 'text, with "quotes"' }
        elseif ($wanted -eq [bool]) { $true }
        elseif ($wanted.IsEnum) { [Enum]::GetValues($wanted)[-1] }
        elseif ($wanted -eq [guid]) { [guid]'7f367745-8f90-4f6d-9213-000000000007' }
        elseif ($wanted -eq [DateTimeOffset]) { [DateTimeOffset]'2026-11-20T03:12:07+00:00' }
        elseif ($wanted -eq [timespan]) { [timespan]::FromMilliseconds(90061001) }
        elseif ($wanted.IsPrimitive) { 7 -as $wanted }
        elseif ($wanted -eq [object]) { $true }
        elseif ($wanted.IsGenericType) {
            $element = $wanted.GetGenericArguments()[0]
            $list = [array]::CreateInstance($element, 1)
            $list[0] = New-Value $element $IsKnown
            , $list
        }
        else { New-ModelObject $wanted $IsKnown }
    }

    # With every property that can be unknown unknown, or with none.
    function New-ModelObject([type] $Type, [bool] $IsKnown) {
        $made = [Activator]::CreateInstance($Type)
        foreach ($property in Get-Written $Type) {
            $value = $null
            if ($IsKnown -or -not (Test-Nullable $property)) { $value = New-Value $property.PropertyType $IsKnown }
            $property.SetValue($made, ($value -is [psobject] ? $value.psobject.BaseObject : $value))
        }
        $made
    }

    function Send-Through([string] $Way, $Item) {
        switch ($Way) {
            'Clixml' { Export-Clixml "$TestDrive/item.xml" -InputObject $Item; Import-Clixml "$TestDrive/item.xml" }
            'Job' { $Item | ConvertTo-Deserialized }
            'Json' { $Item | ConvertTo-Json -Depth 6 | ConvertFrom-Json }
            'JsonWords' { $Item | ConvertTo-Json -Depth 6 -EnumsAsStrings | ConvertFrom-Json }
            'Csv' { $Item | Export-Csv "$TestDrive/item.csv"; Import-Csv "$TestDrive/item.csv" }
            'Select' { $Item | Select-Object * }
        }
    }

    function Read-Back($Item) { $read.Invoke($null, @([psobject]$Item)) }

    # What text files cannot hold: a list, or an object within the object.
    function Test-Flat([type] $Type) { -not (Get-Written $Type |
        Where-Object { $_.PropertyType -eq [object] -or $_.PropertyType.IsGenericType -and
         -not [Nullable]::GetUnderlyingType($_.PropertyType) -or $_.PropertyType.Namespace -ceq 'XenShared' -and
         -not $_.PropertyType.IsEnum }) }
    function Get-Text($Value) { ConvertTo-Json $Value -Depth 6 -Compress }
}

Describe 'What is not known' {
    It 'stays unknown after <Way>: <Name>' -ForEach $cases {
        $type = [XenShared.XenDomain].Assembly.GetType("XenShared.$Name")
        $unknown = New-ModelObject $type $false
        $back = Read-Back (Send-Through $Way $unknown)
        if ($Way -ceq 'Csv' -and -not (Test-Flat $type) -and $null -eq $back) { return }
        $back | Should -BeOfType $type
        foreach ($property in Get-Written $type) {
            if (Test-Nullable $property) { $property.GetValue($back) | Should -BeNullOrEmpty -Because $property.Name }
            # Text has no types.
            elseif ($Way -cne 'Csv' -or $property.PropertyType -ne [object]) { Get-Text $property.GetValue($back) |
                Should -BeExactly (Get-Text $property.GetValue($unknown)) -Because $property.Name }
        }
    }

    It 'is not confused with what is: <Name> after <Way>' -ForEach $cases {
        $type = [XenShared.XenDomain].Assembly.GetType("XenShared.$Name")
        $known = New-ModelObject $type $true
        $back = Read-Back (Send-Through $Way $known)
        if ($Way -ceq 'Csv' -and -not (Test-Flat $type)) {
            # Parts that a text file does not hold are unknown, never wrong.
            foreach ($property in Get-Written $type) {
                if ($property.PropertyType -ne [object] -and $null -ne $back -and
                     $null -ne $property.GetValue($back)) { Get-Text $property.GetValue($back) |
                    Should -BeExactly (Get-Text $property.GetValue($known)) -Because $property.Name }
            }
            return
        }
        $back | Should -BeOfType $type
        Get-Text $back | Should -BeExactly (Get-Text $known)
    }

    It 'has no metric after <_>' -ForEach 'Clixml', 'Job', 'Json', 'JsonWords', 'Csv', 'Select' {
        $domain = New-Model XenShared.XenDomain @{ DomId = 7; HostName = 'h' }
        $channel = New-Model XenShared.XenEventChannel @{ DomId = 7; Port = 3; HostName = 'h' }
        $lines = (Send-Through $_ $domain), (Send-Through $_ $channel) | ConvertTo-XenMetric -ErrorAction Stop
        $lines -match '^xenshared_domain_info' | Should -HaveCount 1
        $lines -match '^xenshared_event_channels_unknown.*"hidden"} 1$' | Should -HaveCount 1
        $lines -match '^xenshared_(domain_(state|vcpus|memory|processor)|event_channels_(pending|masked))' | Should -BeNullOrEmpty
        "$((Send-Through $_ $channel) | Format-XenChannelMap | ForEach-Object { $_.Pending, $_.Masked, $_.Unknown })" |
            Should -BeExactly '  1'
    }

    It 'looks the same in views after Clixml and jobs: <Name>' -ForEach ($cases | Where-Object Way -EQ 'Clixml') {
        $item = New-ModelObject ([XenShared.XenDomain].Assembly.GetType("XenShared.$Name")) $false
        foreach ($way in 'Clixml', 'Job') {
            $back = Send-Through $way $item
            $back | Format-Table | Get-View | Should -BeExactly ($item | Format-Table | Get-View)
            $back | Format-List | Get-View | Should -BeExactly ($item | Format-List | Get-View)
        }
    }

    It 'and what is known are the same in every culture: <_>' -ForEach 'Clixml', 'Job', 'Json', 'Csv' {
        $known = New-ModelObject ([XenShared.XenFault]) $true
        $culture = [cultureinfo]::CurrentCulture
        [cultureinfo]::CurrentCulture = 'de-DE'
        try { Get-Text (Read-Back (Send-Through $_ $known)) | Should -BeExactly (Get-Text $known) }
        finally { [cultureinfo]::CurrentCulture = $culture }
    }

    It 'is the day that two cultures write alike: <_>' -ForEach 'Clixml', 'Job', 'Json', 'Csv' {
        $fault = New-Model XenShared.XenFault @{ DomId = 7; Rule = 'x'; Severity = 'Warning'; Evidence = 'x'; Advice = 'x'
            TakenAt = [DateTimeOffset]'2026-02-01T03:12:07+00:00' }
        $culture = [cultureinfo]::CurrentCulture
        [cultureinfo]::CurrentCulture = 'en-GB'
        try { (Read-Back (Send-Through $_ $fault)).TakenAt | Should -BeIn $null, $fault.TakenAt }
        finally { [cultureinfo]::CurrentCulture = $culture }
    }

    It 'stays unknown after a real job' {
        $job = Start-Job { param($module) Import-Module $module
            $domain = [XenShared.XenDomain]::new()
            [XenShared.XenDomain].GetProperty('DomId').SetValue($domain, [uint16] 7)
            $domain } -ArgumentList $ModuleFolder
        $back = $job | Wait-Job -Timeout 120 | Receive-Job
        Remove-Job $job -Force
        $back | ConvertTo-XenMetric | Where-Object { $_ -match '^xenshared_domain_(state|vcpus|memory|processor)' } | Should -BeNullOrEmpty
        (Read-Back $back).DomId | Should -Be 7
    }

    It 'makes no object where the model has no unknown' {
        foreach ($lost in 'DomId', 'Port') {
            $item = Send-Through Csv (New-Model XenShared.XenEventChannel @{ DomId = 7; Port = 3 })
            $item.$lost = ''
            $item | ConvertTo-XenMetric -ErrorVariable failed -ErrorAction SilentlyContinue | Where-Object { $_ -match 'event_channels' } |
                Should -BeNullOrEmpty
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'InputNotSupported,*'
        }
    }
}

Describe 'Shared pages that were elsewhere' {
    BeforeAll {
        $null = Connect-XenTarget -Path (New-TestCapture)
        $page = Get-XenSharedInfo -DomId 5
    }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    It 'differ in nothing after <_>' -ForEach 'Clixml', 'Job' {
        Compare-XenSharedInfo $page (Send-Through $_ $page) | Should -BeNullOrEmpty
        Send-Through $_ $page | Compare-XenSharedInfo $page | Should -BeNullOrEmpty
    }

    It 'differ in nothing after Json that names their bytes' {
        $back = $page | Select-Object *, Bytes | ConvertTo-Json -Depth 6 | ConvertFrom-Json
        Compare-XenSharedInfo $page $back | Should -BeNullOrEmpty
    }

    It 'are refused where their bytes were lost: <_>' -ForEach 'Csv', 'Json', 'Select' {
        { Compare-XenSharedInfo $page (Send-Through $_ $page) } | Should -Throw '*parts of it are missing*'
        { Compare-XenSharedInfo (Send-Through $_ $page) $page } | Should -Throw '*parts of it are missing*'
    }
}

Describe 'Records of pokes that were elsewhere' {
    It 'carry no value that nobody knew: after <_>' -ForEach 'Clixml', 'Job', 'Json', 'Csv' {
        $poke = New-ModelObject ([XenShared.XenPoke]) $false
        $transform = [XenShared.PowerShell.Parameters.PokeRecordTransformationAttribute]::new()
        $back = $transform.Transform($null, (Send-Through $_ $poke))
        foreach ($property in Get-Written ([XenShared.XenPoke])) {
            if (Test-Nullable $property) { $property.GetValue($back) | Should -BeNullOrEmpty -Because $property.Name }
        }
    }
}

Describe 'A number that is not known' {
    BeforeAll { $null = Connect-XenTarget -Simulated -DomainCount 8 }
    AfterAll { Get-XenTarget | Disconnect-XenTarget }

    BeforeDiscovery {
        # What a cmdlet cannot do without, beside its domain and the number under test.
        $needed = @{
            'Set-XenEventChannel' = '-Masked $true -PassThru -Confirm:$false'
            'Set-XenVcpuInfo' = '-UpcallPending $true -PassThru -Confirm:$false'
            'Set-XenSharedInfo' = '-Field wc_sec -Value 1 -PassThru -Confirm:$false'; 'Send-XenEvent' = '-Confirm:$false'
            'Repair-XenEventChannel' = '-Confirm:$false'
            'Wait-XenEventChannel' = '-Until Pending -TimeoutSec 0'; 'Watch-XenEventChannel' = '-Count 1 -IntervalMilliseconds 1'
            'Export-XenCapture' = '-Path "$TestDrive/never.xencap"'; 'Export-XenReport' = '-Path "$TestDrive/never.html"'
            'Find-XenFault' = '-SampleCount 1'
        }
        $numbers = foreach ($name in $CommandNames | Where-Object { $_ -notin 'Connect-XenTarget', 'Disconnect-XenTarget' }) {
            foreach ($parameter in (Get-Command $name).Parameters.Values) {
                $element = $parameter.ParameterType.IsArray ? $parameter.ParameterType.GetElementType() : $parameter.ParameterType
                $isPiped = $parameter.Attributes.Where{ $_ -is [Parameter] -and $_.ValueFromPipelineByPropertyName }
                if ($isPiped -and $element.IsPrimitive) {
                    foreach ($value in '', $null) {
                        @{ Command = $name; Parameter = $parameter.Name; Value = $value; More = $needed[$name] }
                    }
                }
            }
        }
    }

    It 'is never 0: <Command> -<Parameter> from "<Value>"' -ForEach $numbers {
        $record = @{ DomId = 1; Port = 3; Vcpu = 0 }
        $record[$Parameter] = $Value
        # What is asked for at all is the other numbers, or nothing.
        $found = try { [pscustomobject]$record |
            & ([scriptblock]::Create("`$input | $Command $More -ErrorAction SilentlyContinue -WarningAction SilentlyContinue")) } catch {
                $null
            }
        if ($Parameter -ceq 'DomId' -or $Command -match '^(Set|Send|Repair)-') { $found | Should -BeNullOrEmpty }
        else { $found | Where-Object { $_.$Parameter -eq 0 } | Should -BeNullOrEmpty }
        $written = Get-ChildItem $TestDrive -Filter 'never.*'
        $written | Remove-Item
        if ($Parameter -ceq 'DomId') { $written | Should -BeNullOrEmpty }
    }
}
