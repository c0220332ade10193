#Requires -Version 7.4
<#
.SYNOPSIS
    How much longer many hosts take than the slowest of them: build.ps1 -Task Build, then this.
.DESCRIPTION
    Stands in for ssh with a script that replays a capture after a delay of its host's own, as a far or busy host would; some hosts are
    dead. Connecting and asking is measured for the slowest host alone and then for all of them, in one session.
#>
param(
    [int] $Count = 50,
    [int] $Dead = 5,

    # How long the slowest host takes for each answer; the others are spread below it.
    [double] $SlowestSeconds = 5,

    [string] $Module = (Join-Path $PSScriptRoot '../../XenShared.psd1'),
    [string] $Capture = (Join-Path $PSScriptRoot '../data/bookworm-quick.xencap')
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
Import-Module $Module

$folder = (New-Item (Join-Path ([IO.Path]::GetTempPath()) "xenshared-hosts-$PID") -ItemType Directory).FullName
$path = $env:PATH
try {
    # "cat" is the connection itself, which stands at once; all else is a question, and its host's delay ends its name.
    Set-Content "$folder/ssh" @"
#!/bin/bash
shopt -s extglob
while [ "`$1" != -- ]; do shift; done
case `$2 in dead-*) echo "ssh: connect to host `$2 port 22: No route to host" >&2; exit 255 ;; esac
[ "`$3" = cat ] && exec cat
echo '{"kind":"hello","wire":6}' >&2
exec 3<'$folder/capture'
read -r first <&3
sleep "`${2##*-}"
printf '%s\n' "`${first/\"host\":\"*([^\"])\"/\"host\":\"`$2\"}"
exec cat <&3
"@
    $reader = [IO.StreamReader]::new([IO.Compression.GZipStream]::new([IO.File]::OpenRead((Resolve-Path $Capture)),
        [IO.Compression.CompressionMode]::Decompress))
    $lines = $reader.ReadToEnd().TrimEnd() -split '\n'
    $reader.Dispose()
    Set-Content "$folder/capture" $lines -Encoding utf8NoBOM
    chmod 755 "$folder/ssh"
    $env:PATH = "${folder}:$path"

    $alive = $Count - $Dead
    $names = @(1..$alive | ForEach-Object { 'host-{0}-{1:f2}' -f $_, ($SlowestSeconds * $_ / $alive) }) + @(1..$Dead |
        ForEach-Object { "dead-$_" })
    function Measure-Host([string[]] $HostName, [int] $Expected) {
        Get-XenTarget | Disconnect-XenTarget
        $script:found = $null
        $time = Measure-Command {
            $null = Connect-XenTarget -HostName $HostName -ErrorAction SilentlyContinue -ErrorVariable script:failed
            $script:found = @(Get-XenDomain | Group-Object HostName)
        }
        if ($found.Count -ne $Expected) { throw "$($found.Count) hosts answered, not ${Expected}: $($failed | Select-Object -First 3)" }
        $time
    }

    $null = Measure-Host 'host-0-0.01' 1   # the shell's first time
    $slowest = Measure-Host $names[$alive - 1] 1
    $memory = [GC]::GetTotalMemory($true)
    $all = Measure-Host $names $alive
    [pscustomobject]@{
        Hosts = $Count; Dead = $failed.Count
        SlowestSeconds = [Math]::Round($slowest.TotalSeconds, 2); AllSeconds = [Math]::Round($all.TotalSeconds, 2)
        Ratio = [Math]::Round($all / $slowest, 2)
        MemoryMiB = [Math]::Round(([GC]::GetTotalMemory($true) - $memory) / 1MB, 1)
    }
}
finally {
    Get-XenTarget | Disconnect-XenTarget
    $env:PATH = $path
    Remove-Item $folder -Recurse
}
