# The benchmarks in short. Their times are not checked here: the machine of a test has other work.

Describe 'The short form of the benchmarks' {
    It 'measures each figure of docs/performance.md' {
        $root = Split-Path (Split-Path $PSScriptRoot)
        $built = Get-Item "$root/tests/benchmarks/bin/*/net10.0/XenShared.Benchmarks.dll" |
            Sort-Object LastWriteTime |
            Select-Object -Last 1
        $built | Should -Not -BeNullOrEmpty -Because 'the project of this suite builds it'
        $ids = (Select-String 'new\("([a-z-]+)"' "$root/tests/benchmarks/Results/Bound.cs").Matches.ForEach{ $_.Groups[1].Value }
        $ids.Count | Should -BeGreaterThan 15

        $lines = pwsh -NoProfile -NonInteractive -File "$root/build.ps1" -Task Bench -Quick -NoBuild -Configuration (
            $built.Directory.Parent.Name)

        $LASTEXITCODE | Should -Be 0
        # A machine without gcc, or without lsevtchn, cannot measure two of them and says why.
        foreach ($id in $ids) {
            $lines -match "^$id +((exponent )?-?[\d.]+ .* not checked$|.* not measured: .)" | Should -HaveCount 1 -Because "of $id"
        }
    }
}
