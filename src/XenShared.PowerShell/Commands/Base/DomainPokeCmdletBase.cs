using System.ComponentModel;
using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Parameters;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Represents a cmdlet that writes to one domain for each object from the pipeline.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainPokeCmdletBase : PokeCmdletBase
{
    /// <summary>Gets the domain number.</summary>
    [Parameter(
        ParameterSetName = DomIdSet,
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("Id", "dom-id")]
    [DomainTransformation]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public ushort DomId { get; set; }

    /// <summary>Gets the domain name. Wildcards are permitted, but only one domain may match.</summary>
    [Parameter(
        ParameterSetName = NameSet,
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("VMName", "DomainName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DomainTransformation(IsName = true)]
    [ArgumentCompleter(typeof(DomainNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>
    /// Gets the UUID that the domain must have. VM objects of a toolstack have a property of this name, so each write goes to the target
    /// where the domain has this UUID.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [DomainTransformation(IsUuid = true)]
    public Guid? Uuid { get; set; }

    /// <summary>Gets the name of the VM in its toolstack, from the pipeline. Errors show it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("name_label", "name-label")]
    [AllowNull]
    [AllowEmptyString]
    public string? NameLabel { get; set; }

    /// <summary>
    /// Gets the host of the domain. Objects from the pipeline have a property of this name, so each write goes to the host from which the
    /// object came.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ComputerName")]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    public string? HostName { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var isNamed = ParameterSetName == NameSet;
        if (!isNamed && DomId == DomainTransformationAttribute.Halted)
        {
            WriteError(ErrorRecords.OfHaltedVm(NameLabel, Uuid is { } known ? [known] : null));
            return;
        }
        if (!ChooseTarget(HostName, isNamed || Uuid is null ? null : HasVm, FromMissingVm)) return;
        OpenTarget();
        if (isNamed && !FindDomain()) return;
        foreach (var request in CreateRequests()) Execute(request);
    }

    /// <summary>Creates the requests that the parameters describe.</summary>
    private protected abstract IEnumerable<PokeRequest> CreateRequests();

    private ErrorRecord FromMissingVm(IReadOnlyList<object> targets) =>
        ErrorRecords.VmNotFound(NameLabel, Uuid!.Value, [DomId], null, targets);

    // Determines whether the domain with this number has the UUID too.
    private bool HasVm(IXenDataSource target)
    {
        try
        {
            return target.ReadDomain(DomId).Uuid == Uuid;
        }
        catch (XenException error) when (error.Id == XenErrorId.DomainNotFound)
        {
            return false;
        }
    }

    // Sets DomId to the number of the domain that matches -Name, and returns true. If not exactly one domain matches, returns false.
    // Several matches are an error, so that no write reaches a guest that was not meant.
    private bool FindDomain()
    {
        var pattern = ToPattern(Name);
        List<ushort> found = [];
        InvokeAndReportErrors(target =>
        {
            found.AddRange(target.ReadDomains()
                .Where(domain => Uuid is null || domain.Uuid == Uuid)
                .Select(domain => domain.DomId)
                .Where(domId => target.ReadName(domId) is { } name && pattern.Matches(name)));
            if (found.Count == 0) throw pattern.NotFound(target);
        });
        if (found is [var only])
        {
            DomId = only;
            return true;
        }
        if (found.Count > 1)
        {
            WriteError(
                ErrorRecords.FromUse(
                    "DomainAmbiguous",
                    ErrorCategory.InvalidArgument,
                    $"{found.Count} domains are named '{Name}', but this cmdlet writes to one.",
                    "Name the domain in full, or give its number with -DomId.",
                    Name));
        }
        return false;
    }
}
