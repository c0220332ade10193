# The files that build.ps1 -Task Package makes besides the module: the bill of materials and the checksums.

BeforeAll {
    . "$PSScriptRoot/Setup.ps1"
    $artifacts = Join-Path $RepositoryRoot 'artifacts'
    $version = (Import-PowerShellDataFile "$RepositoryRoot/XenShared.psd1").ModuleVersion
    $script = Join-Path $RepositoryRoot 'src/XenShared.Cli/packaging/Build-Sbom.ps1'
    $moduleAssets = Join-Path $RepositoryRoot 'src/XenShared.PowerShell/obj/project.assets.json'

    # Returns a package folder with packages, each with a license and the hash of what they contain.
    function New-PackageFolder ([hashtable] $Package) {
        foreach ($name in $Package.Keys) {
            $folder = New-Item -ItemType Directory -Force "$TestDrive/packages/$($name.ToLowerInvariant())/$($Package[$name])"
            $license = $name -eq 'Runtime' ? '<license type="file">LICENSE.TXT</license>' : '<license type="expression">MIT</license>'
            Set-Content "$folder/$name.nuspec" ("<package><metadata><id>$name</id>$license</metadata></package>")
            Set-Content "$folder/$name.nupkg.sha512" ([Convert]::ToBase64String([byte[]]::new(64)))
        }
        "$TestDrive/packages/"
    }

    function Read-Bom ([string] $Path) { Get-Content -Raw $Path | ConvertFrom-Json }
}

Describe 'The bill of materials' {
    It 'lists each package that the build resolved, once, with version, hash and reference' {
        $bom = Read-Bom "$artifacts/XenShared.$version.cdx.json"
        $bom.bomFormat | Should -BeExactly 'CycloneDX'
        $bom.specVersion | Should -BeExactly '1.6'
        $bom.metadata.component.version | Should -BeExactly $version
        $resolved = (Get-Content -Raw $moduleAssets | ConvertFrom-Json -AsHashtable).libraries
        $packages = $resolved.Keys | Where-Object { $resolved[$_].type -eq 'package' }
        $expected = $packages.ForEach{ "pkg:nuget/$($_ -replace '/', '@')" }
        $expected | Should -Not -BeNullOrEmpty
        $expected | Should -BeIn $bom.components.purl
        $bom.components.purl | Should -Be ($bom.components.purl | Sort-Object -Unique -CaseSensitive -Culture '')
        foreach ($component in $bom.components) {
            $component.'bom-ref' | Should -BeExactly $component.purl
            $component.purl | Should -BeExactly "pkg:nuget/$($component.name)@$($component.version)"
            $component.hashes[0].content | Should -Match '^[0-9A-F]{128}$'
        }
        $bom.dependencies[0].ref | Should -BeExactly $bom.metadata.component.'bom-ref'
    }

    It 'separates what the executable contains from what only built it: <Kind>' -ForEach @(
        @{ Kind = 'native'; Runtime = 'Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64' }
        @{ Kind = 'trimmed'; Runtime = 'Microsoft.NETCore.App.Runtime.linux-x64' }
    ) {
        $folder = New-PackageFolder @{
            'Needed.Library' = '1.2.3-beta'; 'Microsoft.DotNet.ILCompiler' = '10.0.1'; $Runtime = '10.0.1'; 'Only.Here' = '4.0.0'
        }
        $downloads = @(
            @{ name = 'Microsoft.AspNetCore.App.Runtime.linux-x64'; version = '[10.0.1, 10.0.1]' }
            if ($Kind -eq 'native') { @{ name = 'Microsoft.NETCore.App.Runtime.linux-x64'; version = '[10.0.9, 10.0.9]' } }
            @{ name = $Runtime; version = '[10.0.1, 10.0.1]' }
        )
        @{
            libraries = @{
                'Needed.Library/1.2.3-beta' = @{ type = 'package' }; 'Microsoft.DotNet.ILCompiler/10.0.1' = @{ type = 'package' }
                'Only.Here/4.0.0' = @{ type = 'package' }; 'XenShared/1.0.0' = @{ type = 'project' }
            }
            packageFolders = @{ $folder = @{} }
            project = @{ frameworks = @{ 'net10.0' = @{
                dependencies = @{ 'Needed.Library' = @{ target = 'Package' }; 'Only.Here' = @{ suppressParent = 'All' } }
                downloadDependencies = $downloads
            } } }
        } | ConvertTo-Json -Depth 8 | Set-Content "$TestDrive/assets.json"
        & $script -Destination "$TestDrive/bom.json" -Version 9.8.7 -ModuleAssets $moduleAssets -ExecutableAssets "$TestDrive/assets.json"
        $bom = Read-Bom "$TestDrive/bom.json"
        $required = @($bom.components | Where-Object scope -EQ required)
        $required.name | Sort-Object | Should -Be ('Needed.Library', $Runtime | Sort-Object)
        $required.purl | Sort-Object | Should -Be ($bom.dependencies[0].dependsOn | Sort-Object)
        ($bom.components | Where-Object scope -EQ excluded).name | Should -Contain 'Only.Here'
        ($bom.components | Where-Object name -EQ Needed.Library).licenses[0].expression | Should -BeExactly 'MIT'
        $bom.components.name | Should -Not -Contain 'XenShared'
    }

    It 'is not written if a package is missing' {
        @{
            libraries = @{ 'No.Such.Package/1.0.0' = @{ type = 'package' } }; packageFolders = @{ "$TestDrive/none/" = @{} }
            project = @{ frameworks = @{ 'net8.0' = @{ dependencies = @{} } } }
        } | ConvertTo-Json -Depth 8 | Set-Content "$TestDrive/assets.json"
        { & $script -Destination "$TestDrive/none.json" -Version 1.0.0 -ModuleAssets "$TestDrive/assets.json" } |
            Should -Throw '*No.Such.Package 1.0.0*'
        Test-Path "$TestDrive/none.json" | Should -BeFalse
    }
}

Describe 'The checksums' {
    It 'are those of the packages that were made' {
        $lines = Get-Content "$artifacts/SHA256SUMS"
        $lines | Should -Match '^[0-9a-f]{64}  \S+$'
        foreach ($line in $lines) {
            $hash, $name = $line -split '  '
            (Get-FileHash "$artifacts/$name" -Algorithm SHA256).Hash | Should -Be $hash -Because $name
        }
        $names = $lines -replace '^\S+  '
        $names | Should -Contain "XenShared.$version.zip"
        $names | Should -Contain "XenShared.$version.cdx.json"
        (Get-ChildItem $artifacts -File -Filter "*enshared*$version*").Name | Should -BeIn $names
    }
}
