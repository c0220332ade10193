# The module in dom0's PowerShell: one process for everything, since each start of one takes ten seconds in there.
# Each line is run word for word; what it gives goes out as one JSON object a line.
param([string]$Module, [int]$Listings)

function Invoke-Line([string]$Line) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $all = @(try { & ([scriptblock]::Create($Line)) 2>&1 3>&1 } catch { $_ })
    $result = [ordered]@{
        Line         = $Line
        Output       = @($all |
            Where-Object { $_ -isnot [Management.Automation.ErrorRecord] -and $_ -isnot [Management.Automation.WarningRecord] })
        Warnings     = @($all | Where-Object { $_ -is [Management.Automation.WarningRecord] } | ForEach-Object Message)
        Errors       = @($all | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | ForEach-Object {
                [ordered]@{ Id = $_.FullyQualifiedErrorId; Category = "$($_.CategoryInfo.Category)"; Message = $_.Exception.Message } })
        Milliseconds = $clock.ElapsedMilliseconds
    }
    [Console]::Out.WriteLine((ConvertTo-Json -InputObject $result -Depth 6 -EnumsAsStrings -Compress -WarningAction SilentlyContinue))
}

Import-Module $Module -ErrorAction Stop

Invoke-Line 'Get-XenSharedInfo -DomId 5'
Invoke-Line 'Get-XenEventChannel | Where Pending'
Invoke-Line 'Get-XenDomain'
Invoke-Line 'Get-XenVcpuInfo'
Invoke-Line 'Get-XenEventChannel'
Invoke-Line 'Get-XenDomain | Where-Object Type -eq PVH | Get-XenEventChannel -State VirtualIrq 3>$null'
Invoke-Line 'Get-XenSharedInfo -DomId 32000'
Invoke-Line 'Get-XenSharedInfo -DomId 5 | Out-String'
Invoke-Line '(Export-XenCapture -Path /tmp/session.xencap).FullName'
Invoke-Line '$target = Connect-XenTarget -Path /tmp/session.xencap; Get-XenDomain; Disconnect-XenTarget $target'
# What this process keeps open, before and after many listings.
Invoke-Line '@(Get-ChildItem /proc/self/fd).Count; @(Select-String -Path /proc/self/maps -Pattern /dev/xen/, privcmd).Count'
Invoke-Line "foreach (`$round in 1..$Listings) { `$null = Get-XenSharedInfo; `$null = Get-XenEventChannel 3>`$null }"
Invoke-Line '@(Get-ChildItem /proc/self/fd).Count; @(Select-String -Path /proc/self/maps -Pattern /dev/xen/, privcmd).Count'
