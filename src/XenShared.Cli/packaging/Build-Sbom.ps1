#Requires -Version 7.4
<#
.SYNOPSIS
    Writes the software bill of materials (CycloneDX, JSON) of the packages.
.DESCRIPTION
    The components are the NuGet packages that the restore of each project resolved (project.assets.json), with their versions, licenses and
    hashes. Scope "required" is code that the executable contains; "excluded" is what was only used to build. The module contains no code of
    other packages.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Destination,

    [Parameter(Mandatory)]
    [string] $Version,

    # The project.assets.json of the module.
    [Parameter(Mandatory)]
    [string] $ModuleAssets,

    # The project.assets.json with which the executable was made; none if there is no executable.
    [string] $ExecutableAssets
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$found = [Collections.Generic.SortedDictionary[string, object]]::new([StringComparer]::Ordinal)

# Adds a package of the package folders. If one project needs it to run, it is required.
function Add-Package ([string] $Name, [string] $PackageVersion, [bool] $IsRequired, [string[]] $Folder) {
    $where = $Folder | ForEach-Object { Join-Path $_ $Name.ToLowerInvariant() $PackageVersion.ToLowerInvariant() } |
        Where-Object { Test-Path $_ } | Select-Object -First 1
    if (-not $where) { throw "The package $Name $PackageVersion is in none of the package folders: $Folder." }
    $nuspec = ([xml](Get-Content -Raw (Get-ChildItem $where -Filter *.nuspec)[0])).package.metadata
    $reference = "pkg:nuget/$Name@$PackageVersion"
    $isKnown = $found.ContainsKey($reference) -and $found[$reference].scope -eq 'required'
    $component = [ordered]@{
        type = 'library'; 'bom-ref' = $reference; name = $Name; version = $PackageVersion
        scope = $IsRequired -or $isKnown ? 'required' : 'excluded'
    }
    $hash = Get-ChildItem $where -Filter *.nupkg.sha512
    if ($hash) {
        $bytes = [Convert]::FromBase64String((Get-Content -Raw $hash[0]).Trim())
        $component.hashes = @(@{ alg = 'SHA-512'; content = [Convert]::ToHexString($bytes) })
    }
    # A license in a file of the package has no identifier.
    $license = $nuspec.SelectSingleNode('*[local-name()="license"]')
    if ($license -and $license.type -eq 'expression') { $component.licenses = @(@{ expression = $license.InnerText }) }
    elseif ($license) { $component.licenses = @(@{ license = @{ name = "see $($license.InnerText) in the package" } }) }
    $component.purl = $reference
    $found[$reference] = $component
}

function Add-Assets ([string] $Path, [bool] $IsExecutable) {
    $assets = Get-Content -Raw $Path | ConvertFrom-Json -AsHashtable
    $folders = @($assets.packageFolders.Keys)
    foreach ($framework in $assets.project.frameworks.Values) {
        # Packages that only this project uses at build time are not passed on to others.
        $private = @($framework.dependencies.Keys.Where{ $framework.dependencies[$_]['suppressParent'] -eq 'All' })
        foreach ($library in $assets.libraries.GetEnumerator().Where{ $_.Value['type'] -eq 'package' }) {
            $name, $number = $library.Key -split '/'
            Add-Package $name $number ($name -notin $private -and $name -notmatch 'ILCompiler$|^Microsoft\.NET\.ILLink\.Tasks$') $folders
        }
        if (-not $IsExecutable) { continue }
        # The runtime that is linked in, or bundled if there is no native compiler.
        $runtimes = $framework.downloadDependencies.Where{ $_.name -like 'Microsoft.NETCore.App.Runtime.*' }
        $runtime = $runtimes.Where{ $_.name -like '*NativeAOT*' } + $runtimes | Select-Object -First 1
        if (-not $runtime) { throw "$Path names no runtime, but the executable contains one." }
        Add-Package $runtime.name ($runtime.version -replace '^\[|,.*') $true $folders
    }
}

Add-Assets $ModuleAssets $false
if ($ExecutableAssets) { Add-Assets $ExecutableAssets $true }

$product = [ordered]@{
    type = 'application'; 'bom-ref' = "xenshared@$Version"; name = 'xenshared'; version = $Version; licenses = @(@{ expression = 'MIT' })
}
[ordered]@{
    '$schema' = 'http://cyclonedx.org/schema/bom-1.6.schema.json'; bomFormat = 'CycloneDX'; specVersion = '1.6'; version = 1
    metadata = [ordered]@{ component = $product }
    components = @($found.Values)
    dependencies = @(
        [ordered]@{ ref = $product.'bom-ref'; dependsOn = @($found.Values.Where{ $_.scope -eq 'required' }.ForEach{ $_['bom-ref'] }) }
    )
} | ConvertTo-Json -Depth 6 | Set-Content -LiteralPath $Destination -Encoding utf8NoBOM
