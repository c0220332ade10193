using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;

namespace XenShared.PowerShell.Commands;

/// <summary>Exchanges a field of a domain's page, or sets its wall clock as a whole.</summary>
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

    /// <summary>Gets the field, by Xen's own name.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = FieldSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PokeFieldCompleter))]
    public string Field { get; set; } = "";

    /// <summary>Gets its new value.</summary>
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = FieldSet)]
    public ulong Value { get; set; }

    /// <summary>Gets the moment at which Xen's system time was 0, as the domain is to take it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ClockSet)]
    public DateTimeOffset WallClock { get; set; }

    /// <summary>Goes on where a guard objects, except where memory that is not the field's would be written.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes what was done to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool WritesPokes => PassThru;

    private protected override bool IsForced => Force;

    /// <inheritdoc/>
    private protected override void Poke() => InvokeAndReportErrors(() =>
    {
        var poke = new FieldPoke(OpenTarget(), this) { Options = Options };
        if (ParameterSetName == ClockSet) poke.SetWallClock(DomId, WallClock, Cancellation);
        else poke.Set(DomId, Field, Value, Cancellation);
    });
}
