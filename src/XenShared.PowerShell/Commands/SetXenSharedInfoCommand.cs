using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;

namespace XenShared.PowerShell.Commands;

/// <summary>Sets a field of a domain's shared page, or its whole wall clock.</summary>
[Cmdlet(
    VerbsCommon.Set,
    "XenSharedInfo",
    DefaultParameterSetName = FieldSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High
)]
[OutputType(typeof(XenPoke))]
public sealed class SetXenSharedInfoCommand : DomainPokeCmdletBase
{
    private const string FieldSet = "Field";
    private const string ClockSet = "WallClock";

    /// <summary>Gets Xen's name of the field.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = FieldSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PokeFieldCompleter))]
    public string Field { get; set; } = "";

    /// <summary>Gets the new value of the field.</summary>
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = FieldSet)]
    public ulong Value { get; set; }

    /// <summary>Gets the new wall clock: the time at which Xen's system time was 0.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ClockSet)]
    public DateTimeOffset WallClock { get; set; }

    /// <summary>Gets a value that overrides guards, except those that protect other memory than the field.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Gets a value that writes the pokes to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool WritesPokes => PassThru;

    /// <inheritdoc/>
    private protected override IEnumerable<PokeRequest> CreateRequests() =>
    [
        ParameterSetName == ClockSet
            ? new SetWallClockRequest { DomId = DomId, Time = WallClock, Force = Force }
            : new SetFieldRequest { DomId = DomId, Field = Field, Value = Value, Force = Force },
    ];
}
