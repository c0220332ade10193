@{
    Severity     = @('Error', 'Warning', 'Information')
    Rules        = @{
        # 'Get-XenEventChannel | Where Pending' is tested word for word.
        PSAvoidUsingCmdletAliases = @{ AllowList = @('Where') }
    }
    ExcludeRules = @(
        # Pester assigns in BeforeAll what is used in It.
        'PSUseDeclaredVarsMoreThanAssignments'
        # The functions of the tests make things in memory; nothing for -WhatIf.
        'PSUseShouldProcessForStateChangingFunctions'
    )
}
