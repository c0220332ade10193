using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands;

/// <summary>Undoes pokes, the last one first, if the fields have not changed since.</summary>
[Cmdlet(VerbsCommon.Undo, "XenPoke", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(XenPoke))]
public sealed class UndoXenPokeCommand : PokeCmdletBase
{
    private readonly List<XenPoke> _pokes = [];

    /// <summary>Gets the pokes that other cmdlets returned.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [PokeRecordTransformation]
    public XenPoke[] InputObject { get; set; } = [];

    /// <summary>
    /// Gets a value that overrides guards (the checks that refuse dangerous writes). A write outside the field is still refused.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _pokes.AddRange(InputObject);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // The writes of one change depend on their order, so they must be undone in the reverse order. SelectDone returns the last write
        // first.
        foreach (var poke in PokeHistory.SelectDone(_pokes, message => WriteWarning(ViewFormat.Plain(message))))
        {
            if (Stopping) break;
            if (!ChooseTarget(poke.HostName)) continue;
            OpenTarget();
            Execute(new UndoPokeRequest { Poke = poke, Force = Force });
        }
    }
}
