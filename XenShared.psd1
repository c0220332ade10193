@{
    RootModule             = 'bin/XenShared.PowerShell.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = 'b7facb09-873b-4455-829e-33558ce9692f'
    Author                 = 'XenShared contributors'
    CompanyName            = 'XenShared contributors'
    Copyright              = 'Copyright (c) XenShared contributors'
    Description            = 'See the page that every Xen domain shares with the hypervisor, and the event channels around it, as objects: on the host itself or from a capture file.'
    PowerShellVersion      = '7.4'
    CompatiblePSEditions   = @('Core')
    # Loaded first, since the extended types name a converter in it.
    RequiredAssemblies     = @('bin/XenShared.PowerShell.dll')
    FormatsToProcess       = @('bin/XenShared.format.ps1xml')
    TypesToProcess         = @('bin/XenShared.types.ps1xml')
    CmdletsToExport        = @(
        'Compare-XenSharedInfo'
        'Connect-XenTarget'
        'ConvertTo-XenMetric'
        'Disconnect-XenTarget'
        'Export-XenCapture'
        'Export-XenReport'
        'Find-XenFault'
        'Format-XenChannelMap'
        'Get-XenClock'
        'Get-XenDevice'
        'Get-XenDomain'
        'Get-XenEventChannel'
        'Get-XenP2M'
        'Get-XenSharedInfo'
        'Get-XenTarget'
        'Get-XenVcpuInfo'
        'Repair-XenEventChannel'
        'Send-XenEvent'
        'Set-XenEventChannel'
        'Set-XenSharedInfo'
        'Set-XenVcpuInfo'
        'Test-XenEventChannel'
        'Undo-XenPoke'
        'Wait-XenEventChannel'
        'Watch-XenEventChannel'
    )
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('Xen', 'hypervisor', 'virtualization', 'shared_info', 'event-channel', 'diagnostics', 'PSEdition_Core', 'Linux')
            ReleaseNotes = 'Looks: domains, shared pages, vCPU records, event channels; captures. Pokes: events, masks, fields, with guards and undo; a simulated host.'
        }
    }
}
