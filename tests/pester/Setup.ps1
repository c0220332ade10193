# What every test file begins with: the staged module, and captures to ask.

$script:RepositoryRoot = Split-Path (Split-Path $PSScriptRoot)
$script:ModuleFolder = $env:XENSHARED_MODULE ? $env:XENSHARED_MODULE : (Join-Path $RepositoryRoot 'artifacts/XenShared')
$script:CommandNames = (Import-PowerShellDataFile (Join-Path $ModuleFolder 'XenShared.psd1')).CmdletsToExport
Import-Module (Join-Path $ModuleFolder 'XenShared.psd1') -Force

# A 64-bit page: of a two-level kernel with the given bits, or with all words zero as a FIFO kernel leaves them.
function New-Page {
    param([int[]] $Bound, [int[]] $Pending = @(), [int[]] $Masked = @(), [switch] $Fifo, [uint32] $Version = 100, [byte] $UpcallPending = 0)
    $page = [byte[]]::new(4096)
    if (-not $Fifo) {
        for ($byte = 2560; $byte -lt 3072; $byte++) { $page[$byte] = 0xff }
        foreach ($port in $Bound |
            Where-Object { $_ -notin $Masked }) {
                $page[2560 + ($port -shr 3)] = $page[2560 + ($port -shr 3)] -band -bnot (1 -shl ($port -band 7))
            }
        foreach ($port in $Pending) { $page[2048 + ($port -shr 3)] = $page[2048 + ($port -shr 3)] -bor (1 -shl ($port -band 7)) }
    }
    # vCPU 0: upcall bits, clock (version, TSC, system time, multiplier, shift); then the wall clock and the P2M words.
    $page[0] = $UpcallPending
    [BitConverter]::GetBytes($Version).CopyTo($page, 32)
    [BitConverter]::GetBytes([uint64]0x247aa256a3).CopyTo($page, 40)
    [BitConverter]::GetBytes([uint64]60007364382).CopyTo($page, 48)
    [BitConverter]::GetBytes([uint32]3308720147).CopyTo($page, 56)
    $page[60] = 0xff
    [BitConverter]::GetBytes([uint32]2).CopyTo($page, 3072)
    [BitConverter]::GetBytes([uint32]1795338867).CopyTo($page, 3076)
    [BitConverter]::GetBytes([uint64]0x8000).CopyTo($page, 3088)
    , $page
}

# Three samples two seconds apart: with -Live the version moves, otherwise it stands still while the vCPU runs.
function New-Sample {
    param([int] $DomId, [byte[]] $Page, [switch] $Live, [int] $VcpuCount = 1, [string[]] $Unstable = @())
    foreach ($index in 0..2) {
        $copy = [byte[]]$Page.Clone()
        if ($Live) { [BitConverter]::GetBytes([BitConverter]::ToUInt32($Page, 32) + 2 * $index).CopyTo($copy, 32) }
        @{
            kind = 'sample'; domid = $DomId; takenAt = "2026-11-20T03:12:0$(2 * $index)+00:00"; frame = 0xbfc50 + $DomId
            page = [Convert]::ToBase64String($copy); unstable = $Unstable
            vcpus = @(0..($VcpuCount - 1) | ForEach-Object { @{ vcpu = $_; online = $true; cpuTimeNanoseconds = 1000000 * ($index + 1) } })
        }
    }
}

function New-DomainLine {
    param([int] $DomId, [string] $Name, [string] $Type = 'PV', [string] $State = 'Blocked', [int] $VcpuCount = 1, [switch] $NotMapped)
    $line = [ordered]@{
        kind = 'domain'; domid = $DomId; uuid = '7f367745-8f90-4f6d-9213-{0:d12}' -f $DomId; type = $Type; state = $State
        cpuTimeNanoseconds = 30300000000; totalPages = 32768; onlineVcpus = $VcpuCount; maxVcpuId = $VcpuCount - 1
    }
    if ($Name) { $line.name = $Name }
    if ($Type -eq 'PV') { $line.pvWidth = 64 }
    if (-not $NotMapped) { $line.sharedInfoFrame = 0xbfc50 + $DomId }
    $line
}

function New-PortsLine {
    param([int] $DomId, [hashtable[]] $Port, [int] $ValidPorts = 64)
    @{ kind = 'ports'; domid = $DomId; validPorts = $ValidPorts; ports = $Port }
}

function New-DevicesLine {
    param([int] $DomId, [hashtable[]] $Device = @())
    @{ kind = 'devices'; domid = $DomId; devices = $Device }
}

# Both ends of a device, connected unless the states are others.
function New-Device {
    param([string] $Kind, [string] $Id = '0', [hashtable] $Frontend = @{}, [hashtable] $Backend = @{}, [hashtable] $More = @{})
    $device = @{
        device = $Kind; id = $Id; backendDomid = 0; backendKind = $Kind
        frontend = @{ state = '4' }; backend = @{ state = '4'; online = '1' }
    }
    foreach ($name in $Frontend.Keys) { $device.frontend[$name] = $Frontend[$name] }
    foreach ($name in $Backend.Keys) { $device.backend[$name] = $Backend[$name] }
    $device + $More
}

function New-ErrorLine {
    param([int] $DomId, [string] $Part, [string] $Id)
    @{ kind = 'error'; domid = $DomId; part = $Part; id = $Id; message = "Domain $DomId met $Id; try something else."
        hint = 'Try something else.' }
}

function Save-Capture {
    param([string] $Path, [object[]] $Line, [string] $HostName = 'xen-test')
    $header = [ordered]@{
        xencap = 1; host = $HostName; xenMajor = 4; xenMinor = 17; xenExtra = '.7'; architecture = 'x86_64'
        takenAt = '2026-11-20T03:12:00+00:00'
    }
    $flat = @(foreach ($one in $Line) { $one })
    $text = @($header; $flat; @{ kind = 'end'; lines = $flat.Count + 1 }) | ForEach-Object { ConvertTo-Json $_ -Depth 5 -Compress }
    Set-Content -LiteralPath $Path $text -Encoding utf8NoBOM
    $Path
}

# One host with a domain of each sort that matters.
function New-TestCapture {
    param([string] $Path = (Join-Path $TestDrive 'host.xencap'))
    $timer = @{ port = 3; state = 'VirtualIrq'; irq = 0 }
    $store = @{ port = 1; state = 'Interdomain'; remoteDomid = 0; remotePort = 34 }
    $console = @{ port = 2; state = 'Interdomain'; remoteDomid = 0; remotePort = 35 }
    $ipi = @{ port = 4; state = 'Ipi' }
    $waiting = @{ port = 5; state = 'Unbound'; remoteDomid = 0 }
    $irq = @{ port = 6; state = 'PhysicalIrq'; irq = 9 }
    $hidden = @{ port = 7 }
    Save-Capture $Path @(
        New-DomainLine 0 'Domain-0' -State Running
        New-Sample 0 (New-Page -Fifo)
        New-PortsLine 0 $timer, $ipi
        New-DevicesLine 0

        New-DomainLine 3 'grub64'
        New-Sample 3 (New-Page -Bound 1, 2 -Pending 1, 2 -UpcallPending 1) -Live
        New-PortsLine 3 $store, $console
        New-DevicesLine 3 (New-Device vkbd 0 @{ 'event-channel' = '2' })

        New-DomainLine 5 'web01' -State Paused -VcpuCount 2
        New-Sample 5 (New-Page -Bound 1, 2, 3, 4, 5, 6, 7 -Pending 3 -Masked 4) -VcpuCount 2
        New-PortsLine 5 $store, $console, $timer, $ipi, $waiting, $irq, $hidden
        @{ kind = 'xenstore'; domid = 5; nodes = @{ 'store/port' = '1'; 'console/port' = '2' } }
        New-DevicesLine 5 @(
            New-Device vbd 51712 @{ 'ring-ref' = '8' } @{ 'hotplug-status' = 'connected' }
            New-Device vif 0 @{ 'event-channel-tx' = '2'; 'event-channel-rx' = '1'; 'tx-ring-ref' = '9'; 'rx-ring-ref' = '10' }
        )

        New-DomainLine 6 'web 02' -Type PVH
        New-Sample 6 (New-Page -Bound 3)
        New-PortsLine 6 $timer
        New-DevicesLine 6

        New-DomainLine 7 'db[1]' -Type PVH -NotMapped
        New-ErrorLine 7 -Part page -Id SharedInfoNotMapped
        New-PortsLine 7 $store
        New-DevicesLine 7

        New-DomainLine 8 ''
        New-Sample 8 (New-Page -Fifo) -Unstable 'X86_64 wall clock'
        New-PortsLine 8 $timer, $ipi
        New-DevicesLine 8
    )
}

# Runs a script in a process of its own, and ends that when it does not end in time: a test must not hang the suite.
function Invoke-Within {
    param([int] $Second, [string] $Script, [hashtable] $Environment = @{})
    $start = [Diagnostics.ProcessStartInfo]::new('pwsh')
    $start.RedirectStandardOutput = $start.RedirectStandardError = $start.RedirectStandardInput = $true
    foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', "Import-Module '$ModuleFolder'; $Script") {
        $start.ArgumentList.Add($argument)
    }
    foreach ($variable in $Environment.GetEnumerator()) { $start.Environment[$variable.Key] = $variable.Value }
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $output, $errors = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit($Second * 1000)) {
        $process.Kill($true)
        throw "It did not end within $Second s: $Script"
    }
    $output.Result + $errors.Result
}

# Objects as they come back from another process, at the depth that remoting uses.
function ConvertTo-Deserialized {
    param([Parameter(ValueFromPipeline)] $InputObject)
    process { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($InputObject, 1)) }
}

# An object of the model, whose properties only the library sets.
function New-Model ([type] $Type, [hashtable] $Property) {
    $made = $Type::new()
    foreach ($name in $Property.Keys) {
        $known = $Type.GetProperty($name)
        $wanted = [Nullable]::GetUnderlyingType($known.PropertyType) ?? $known.PropertyType
        $known.SetValue($made, [Management.Automation.LanguagePrimitives]::ConvertTo($Property[$name], $wanted))
    }
    $made
}

# What a view shows in a terminal of 80 columns, line by line, colours included.
function Get-View {
    param([Parameter(ValueFromPipeline)] $InputObject)
    begin { $all = [Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end { ($all | Out-String -Width 80) -split '\r?\n' }
}
