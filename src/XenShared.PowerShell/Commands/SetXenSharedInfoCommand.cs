using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;

namespace XenShared.PowerShell.Commands;

/// <summary>Sets a field of a domain's shared page, or its whole wall clock.</summary>
[Cmdlet(
    VerbsCommon.Set,
    "XenSharedInfo",
    DefaultParameterSetName = DomIdSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(XenPoke))]
public sealed class SetXenSharedInfoCommand : DomainPokeCmdletBase
{
    /// <summary>Gets the name of the field in Xen's headers, such as wc_sec.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PokeFieldCompleter))]
    public string Field { get; set; } = "";

    /// <summary>Gets the new value of the field.</summary>
    [Parameter(Position = 2)]
    public ulong Value { get; set; }

    /// <summary>Gets the new wall clock: the time at which Xen's system time was 0.</summary>
    [Parameter]
    public DateTimeOffset WallClock { get; set; }

    /// <summary>
    /// Gets a value that overrides guards (the checks that refuse dangerous writes), except those that prevent a write outside the field.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Gets a value that writes the pokes to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool WritesPokes => PassThru;

    private bool IsWallClock => MyInvocation.BoundParameters.ContainsKey(nameof(WallClock));

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        var isField = MyInvocation.BoundParameters.ContainsKey(nameof(Field));
        var isValue = MyInvocation.BoundParameters.ContainsKey(nameof(Value));
        if (IsWallClock && (isField || isValue))
        {
            ThrowTerminatingError(ErrorRecords.FromUse("AmbiguousParameterSet", ErrorCategory.InvalidArgument,
                "-WallClock sets all fields of the wall clock.", "Give either -Field and -Value, or -WallClock.", null));
        }
        if (IsWallClock || (isField && isValue)) return;
        ThrowTerminatingError(ErrorRecords.FromUse("NothingToSet", ErrorCategory.InvalidArgument,
            "There is nothing to set.", "Give -Field and -Value, or -WallClock.", null));
    }

    /// <inheritdoc/>
    private protected override IEnumerable<PokeRequest> CreateRequests() =>
    [
        IsWallClock
            ? new SetWallClockRequest { DomId = DomId, Time = WallClock, Force = Force }
            : new SetFieldRequest { DomId = DomId, Field = Field, Value = Value, Force = Force },
    ];
}
