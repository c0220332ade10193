using System.ComponentModel;
using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Represents a cmdlet that writes to one domain for each object from the pipeline.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainPokeCmdletBase : PokeCmdletBase
{
    /// <summary>Gets the domain number.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [NumberTransformation(AcceptHalted = true)]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public ushort DomId { get; set; }

    /// <summary>
    /// Gets the host of the domain. Objects from the pipeline provide it, so that each write goes to the host that the object came from.
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
        foreach (var request in CreateRequests()) Execute(request);
    }

    /// <summary>Creates the requests that the parameters describe.</summary>
    private protected abstract IEnumerable<PokeRequest> CreateRequests();
}
