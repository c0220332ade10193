#Requires -Modules Microsoft.PowerShell.PlatyPS
<#
.SYNOPSIS
    Makes the help that PowerShell reads out of the markdown beside this script.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Destination
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$devSpace = 'http://schemas.microsoft.com/maml/dev/2004/10'
$mamlSpace = 'http://schemas.microsoft.com/maml/2004/10'

# An example as Get-Help shows it best: the command as code, and what it prints and means below. PlatyPS leaves all of it in the
# introduction, with the fences of the markdown and a control character for each empty line.
function Edit-Example ([Xml.XmlElement] $Example) {
    $text = ($Example.introduction.para | Where-Object { $_ -ne [char]0x80 }) -join "`n`n"
    if ($text -notmatch '(?s)^```powershell\n(?<code>.*?)\n```(?<rest>.*)$') { throw "An example does not begin with its command: $text" }
    $code, $rest = $Matches.code, ($Matches.rest -replace '(?m)^```(output)?\n?', '')
    $Example.introduction.RemoveAll()
    $Example.Item('code', $devSpace).InnerText = $code
    $remark = $Example.OwnerDocument.CreateElement('maml', 'para', $mamlSpace)
    # The newline at the end keeps the next title apart.
    $remark.InnerText = $rest.Trim("`n") + "`n"
    $null = $Example.Item('remarks', $devSpace).AppendChild($remark)
}

# Markdown of an about topic as plain text in the shape that PowerShell's own topics have.
function ConvertTo-AboutText ([string[]] $Line) {
    $isCode = $false
    foreach ($text in $Line) {
        if ($text.StartsWith('```')) { $isCode = -not $isCode; continue }
        if ($isCode) { "        $text".TrimEnd() }
        elseif ($text -match '^# (.*)') { 'TOPIC'; "    $($Matches[1])" }
        elseif ($text -match '^## (.*)') { $Matches[1].ToUpperInvariant() }
        elseif ($text -match '^### (.*)') { "  $($Matches[1])" }
        else { "    $($text.Replace('`', ''))".TrimEnd() }
    }
}

$work = Join-Path ([IO.Path]::GetTempPath()) "XenShared-help-$([guid]::NewGuid())"
try {
    $commands = Get-ChildItem "$PSScriptRoot/*-*.md" | Sort-Object Name | Import-MarkdownCommandHelp
    $maml = $commands | Export-MamlCommandHelp -OutputFolder $work -Encoding ([Text.UTF8Encoding]::new($false))
    $help = [xml](Get-Content $maml.FullName -Raw).ReplaceLineEndings("`n")
    foreach ($example in $help.GetElementsByTagName('command:example')) { Edit-Example $example }
    foreach ($para in $help.GetElementsByTagName('maml:para')) { $para.InnerText = $para.InnerText.Replace('`', '') }
    # Links to neighbours in this folder lead nowhere from a console.
    foreach ($link in $help.GetElementsByTagName('maml:uri')) { $link.InnerText = '' }
    $null = New-Item $Destination -ItemType Directory -Force
    $settings = [Xml.XmlWriterSettings]@{ Indent = $true; NewLineChars = "`n"; Encoding = [Text.UTF8Encoding]::new($false) }
    $writer = [Xml.XmlWriter]::Create("$Destination/$($maml.Name)", $settings)
    try { $help.Save($writer) } finally { $writer.Dispose() }
    Add-Content "$Destination/$($maml.Name)" "`n" -NoNewline
    foreach ($topic in Get-ChildItem "$PSScriptRoot/about_*.md") {
        $about = (ConvertTo-AboutText (Get-Content $topic)) -join "`n"
        Set-Content "$Destination/$($topic.BaseName).help.txt" $about -Encoding utf8NoBOM
    }
}
finally {
    if (Test-Path $work) { Remove-Item $work -Recurse -Force }
}
