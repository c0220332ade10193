BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $data = Join-Path $RepositoryRoot 'tests/data'
    $before = Get-XenSharedInfo -Path (Join-Path $data 'bookworm-quick-paused.xencap')
    $after = Get-XenSharedInfo -Path (Join-Path $data 'bookworm-quick.xencap')
}

Describe 'Compare-XenSharedInfo' {
    It 'writes a field with both values and both times' {
        $old = @($before).Where{ $_.DomId -eq 3 }
        $new = @($after).Where{ $_.DomId -eq 3 }
        $difference = Compare-XenSharedInfo $old $new -Field *system_time
        $difference | Should -HaveCount 1
        $difference.PSTypeNames[0] | Should -BeExactly 'XenShared.XenSharedInfoDifference'
        $difference.Field | Should -BeExactly 'vcpu_info[0].time.system_time'
        $difference.Before | Should -Be $old.Vcpu[0].Time.SystemTimeNanoseconds
        $difference.After | Should -Be $new.Vcpu[0].Time.SystemTimeNanoseconds
        $difference.BeforeTakenAt | Should -Be $old.TakenAt
        $difference.AfterTakenAt | Should -Be $new.TakenAt
    }

    It 'compares each page with that of the same domain' {
        $all = $after | Compare-XenSharedInfo -ReferenceObject $before
        $one = Compare-XenSharedInfo (@($before).Where{ $_.DomId -eq 5 }) (@($after).Where{ $_.DomId -eq 5 })
        ($all | Where-Object DomId -EQ 5).Field | Should -Be $one.Field
        ($all | Where-Object DomId -EQ 5).Field | Should -Contain 'evtchn_pending[port 3]'
    }

    It 'finds no difference to itself, and null gives nothing' {
        $after | Compare-XenSharedInfo -ReferenceObject $after | Should -BeNullOrEmpty
        $null | Compare-XenSharedInfo -ReferenceObject $after | Should -BeNullOrEmpty
    }

    It 'shows what a poke changed' {
        $null = Connect-XenTarget -Simulated -DomainCount 1
        try {
            $old = Get-XenSharedInfo -DomId 1
            Set-XenSharedInfo -DomId 1 -Field arch.p2m_generation -Value 2 -Confirm:$false
            $differences = Get-XenSharedInfo -DomId 1 | Compare-XenSharedInfo -ReferenceObject $old -Field arch.*
            "$($differences.Field) $($differences.Before) $($differences.After)" | Should -BeExactly 'arch.p2m_generation 0 2'
            ($differences | Get-View) -match 'arch\.p2m_generation +0x0 +0x2' | Should -HaveCount 1
        }
        finally { Get-XenTarget | Disconnect-XenTarget }
    }

    It 'says which domain has no counterpart' {
        $after | Compare-XenSharedInfo -ReferenceObject @($before).Where{
            $_.DomId -in 3, 5 } -ErrorVariable failed -ErrorAction SilentlyContinue | ForEach-Object DomId | Sort-Object -Unique |
            Should -Be 3, 5
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'ReferenceNotFound,XenShared.PowerShell.Commands.CompareXenSharedInfoCommand'
    }

    It 'fits 80 columns' {
        $after | Compare-XenSharedInfo -ReferenceObject $before | Get-View | ForEach-Object Length | Measure-Object -Maximum |
            ForEach-Object Maximum | Should -BeLessOrEqual 80
    }
}
