BeforeDiscovery {
    . "$PSScriptRoot/Setup.ps1"
    # What each cmdlet writes on the simulated host. One without output is $null here.
    $lines = @{
        'Compare-XenSharedInfo'   = 'Compare-XenSharedInfo (Get-XenSharedInfo -DomId 5) (Get-XenSharedInfo -DomId 5)'
        'Connect-XenTarget'       = 'Connect-XenTarget -Simulated'
        'ConvertTo-XenMetric'     = $null
        'Disconnect-XenTarget'    = 'Connect-XenTarget -Simulated | Disconnect-XenTarget -PassThru'
        'Export-XenCapture'       = $null
        'Export-XenReport'        = $null
        'Find-XenFault'           = 'Find-XenFault -DomId 14, 0 -IncludeRuleResult -WarningAction SilentlyContinue'
        'Format-XenChannelMap'    = 'Get-XenEventChannel -DomId 1 | Format-XenChannelMap'
        'Get-XenClock'            = 'Get-XenClock'
        'Get-XenDevice'           = 'Get-XenDevice -DomId 1, 2'
        'Get-XenDomain'           = 'Get-XenDomain'
        'Get-XenEventChannel'     = 'Get-XenEventChannel -DomId 1, 2, 9 -IncludeClosed'
        'Get-XenP2M'              = 'Get-XenP2M -DomId 1 -Pfn 0, 1'
        'Get-XenSharedInfo'       = 'Get-XenSharedInfo -ErrorAction Ignore'
        'Get-XenTarget'           = 'Get-XenTarget'
        'Get-XenVcpuInfo'         = 'Get-XenVcpuInfo -ErrorAction Ignore'
        'Repair-XenEventChannel'  = 'Repair-XenEventChannel -DomId 14 -Port 66 -Unmask -PassThru -Confirm:$false'
        'Send-XenEvent'           = 'Send-XenEvent -DomId 1 -Port 2 -Confirm:$false'
        'Set-XenEventChannel'     = 'Set-XenEventChannel -DomId 1 -Port 66 -Masked $true -PassThru -Confirm:$false'
        'Set-XenSharedInfo'       = 'Set-XenSharedInfo -DomId 1 -WallClock 2026-01-02 -Force -PassThru -Confirm:$false'
        'Set-XenVcpuInfo'         = 'Set-XenVcpuInfo -DomId 1 -Vcpu 0 -UpcallPending $true -Force -PassThru -Confirm:$false'
        'Test-XenEventChannel'    = 'Test-XenEventChannel -DomId 1, 14 -Port 66, 100'
        'Undo-XenPoke'            = 'Set-XenEventChannel -DomId 1 -Port 66 -Masked $true -PassThru -Confirm:$false |
            Undo-XenPoke -Force -Confirm:$false'
        'Wait-XenEventChannel'    = 'Wait-XenEventChannel 1 2 Unmasked'
        'Watch-XenEventChannel'   = 'Watch-XenEventChannel -DomId 5 -Count 2 -IntervalMilliseconds 1'
    }
    $script:cases = foreach ($name in (Get-Command -Module XenShared -CommandType Cmdlet).Name) {
        if (-not $lines.ContainsKey($name)) { throw "$name has no line in this test." }
        if ($lines[$name]) { @{ Name = $name; Line = $lines[$name] } }
    }
}

BeforeAll { . "$PSScriptRoot/Setup.ps1" }

Describe 'Objects in files of other programs' {
    BeforeEach { $null = Connect-XenTarget -Simulated }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'have values in each column, and no name of a type: <Name>' -ForEach $cases {
        $objects = @(& ([scriptblock]::Create($Line)))
        $objects | Should -Not -BeNullOrEmpty
        foreach ($object in $objects) {
            $row = $object | ConvertTo-Csv | ConvertFrom-Csv
            foreach ($column in $row.psobject.Properties) {
                $column.Value | Should -Not -Match '^(System|XenShared)\.|Object\[\]' -Because $column.Name
            }
        }
    }

    It 'are at most a page of JSON each: <Name>' -ForEach $cases {
        foreach ($object in & ([scriptblock]::Create($Line))) {
            $text = $object | ConvertTo-Json -EnumsAsStrings -WarningVariable warned -WarningAction SilentlyContinue
            ($text -split "`n").Count | Should -BeLessOrEqual 100
            $text | Should -Not -Match '": "(System|XenShared)\.'
        }
    }
}

Describe 'The bytes of a page' {
    BeforeEach { $null = Connect-XenTarget -Simulated -DomainCount 1 }
    AfterEach { Get-XenTarget | Disconnect-XenTarget }

    It 'are a property that lists and JSON leave out, and that Clixml and jobs keep' {
        $page = Get-XenSharedInfo -DomId 1
        , $page.Bytes | Should -BeOfType byte[]
        $page.Bytes.Count | Should -Be 4096
        $page | ConvertTo-Json -WarningAction SilentlyContinue | Should -Not -Match 'Bytes'
        $page | Format-List * | Out-String | Should -Not -Match 'Bytes'
        $page | Export-Clixml "$TestDrive/page.xml"
        $back = Import-Clixml "$TestDrive/page.xml"
        [Convert]::ToBase64String($back.Bytes) | Should -BeExactly ([Convert]::ToBase64String($page.Bytes))
        $back.Vcpu[0].Time.Version | Should -Be $page.Vcpu[0].Time.Version
    }

    It 'show in Clixml what has changed since' {
        $page = Get-XenSharedInfo -DomId 1
        $page | Export-Clixml "$TestDrive/page.xml"
        Set-XenEventChannel -DomId 1 -Port 66 -Masked $true -Confirm:$false
        (Compare-XenSharedInfo (Import-Clixml "$TestDrive/page.xml") (Get-XenSharedInfo -DomId 1)).Field |
            Should -Contain 'evtchn_mask[port 66]'
    }
}
