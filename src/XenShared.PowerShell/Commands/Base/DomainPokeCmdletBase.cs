using System.ComponentModel;
using System.Management.Automation;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>A cmdlet that writes to one domain for each object that comes down the pipeline.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainPokeCmdletBase : PokeCmdletBase
{
    /// <summary>Gets the domain by number.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [DomainNumberTransformation]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public ushort DomId { get; set; }

    /// <summary>
    /// Gets the host that the domain is on. Objects from the pipeline bring theirs along, so that none is written to on another host than
    /// the one it came from.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? HostName { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!IsDomain(DomId) || !ChooseTarget(HostName)) return;
        OpenTarget();
        Poke();
    }

    /// <summary>Writes to the domain.</summary>
    private protected abstract void Poke();
}
